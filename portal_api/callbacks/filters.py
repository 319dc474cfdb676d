"""What of the list somebody wants to see, and how sorted: from an address, remembered in a cookie.

In: the query of a request, and what was kept of the last one. Out: a `Filter`, and addresses that
change one thing of it. A number is searched for by POST and never stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Self, cast, get_args
from urllib.parse import parse_qsl, urlencode

from fastapi import Request, Response

from portal_api.visitors import portal_of

Sort = Literal["arrived", "interval", "queue", "input", "handler", "status", "note"]
Status = Literal["open", "new", "requeued", "in_hand", "done"]
Scope = Literal["mine", "all"]
COOKIE = "callbacks"
PAGE_ROWS = 50
"""What is drawn first: a click on a heading costs by the row, most of all in the browser."""
_MOST_ROWS = 1000
_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Filter:
    """What is shown of the list, oldest call first unless chosen otherwise."""

    scope: Scope = "mine"
    status: Status = "open"
    due: bool = False
    sort: Sort = "arrived"
    descending: bool = False
    rows: int = PAGE_ROWS

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """The filter that names stand for; what is not known counts as not given."""
        own = cls()
        rows = given.get("rows", "")
        wanted = int(rows) if rows.isdecimal() and len(rows) < 6 else PAGE_ROWS
        return cls(
            scope=cast(Scope, _one_of(given, "scope", get_args(Scope), own.scope)),
            status=cast(Status, _one_of(given, "status", get_args(Status), own.status)),
            due=given.get("due") == "1",
            sort=cast(Sort, _one_of(given, "sort", get_args(Sort), own.sort)),
            descending=given.get("desc") == "1",
            rows=min(max(wanted, PAGE_ROWS), _MOST_ROWS),
        )

    def query(self) -> str:
        """As the address carries it; only what is not as usual."""
        own = Filter()
        flags = {"due": "1" if self.due else "", "desc": "1" if self.descending else ""}
        named = {
            name: str(value)
            for name in ("scope", "status", "sort", "rows")
            if (value := getattr(self, name)) != getattr(own, name)
        }
        return urlencode(named | {name: value for name, value in flags.items() if value})

    def address(self, **changes: object) -> str:
        """The query of the list with these things changed; a change begins with the first rows again."""
        changed = replace(self, **({"rows": PAGE_ROWS} | changes))  # type: ignore[arg-type]
        return "?" + (changed.query() or f"scope={changed.scope}")

    def sorted_by(self, key: Sort) -> str:
        """The query that a click on a heading leads to: the other way when it is sorted by now."""
        return self.address(sort=key, descending=key == self.sort and not self.descending)

    @property
    def more(self) -> str | None:
        """The query of the same with more rows; None when no more are shown at once."""
        if self.rows >= _MOST_ROWS:
            return None
        return self.address(rows=min(self.rows + PAGE_ROWS, _MOST_ROWS))


def filter_of(request: Request) -> Filter:
    """The filter of the address; without one, what this browser had last."""
    if request.query_params:
        return Filter.read(request.query_params)
    kept = request.cookies.get(COOKIE, "")
    return replace(Filter.read(dict(parse_qsl(kept[:200]))), rows=PAGE_ROWS)


def remember(request: Request, answer: Response, chosen: Filter) -> None:
    """Have this browser begin with the same filter next time."""
    answer.set_cookie(
        COOKIE,
        chosen.query(),
        max_age=_YEAR_S,
        secure=portal_of(request).secure,
        httponly=True,
        samesite="lax",
    )


def _one_of(given: Mapping[str, str], name: str, known: tuple[str, ...], usual: str) -> str:
    value = given.get(name, usual)
    return value if value in known else usual
