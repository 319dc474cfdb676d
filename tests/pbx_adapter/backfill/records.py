"""Configuration with which an Asterisk of the tests writes its records in every form at once."""

from collections.abc import Mapping
from pathlib import Path

from tests.pbx_adapter.backfill.office_calls import EXTENSIONS, QUEUES

_CDR = {
    "calldate": "start",
    **{
        name: name
        for name in (
            *("clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata"),
            *("duration", "billsec", "disposition", "uniqueid", "linkedid", "sequence"),
        )
    },
}
_CEL = {
    "eventtype": "${eventtype}",
    "eventtime": "${eventtime}",
    "cidname": "${CALLERID(name)}",
    "cidnum": "${CALLERID(num)}",
    "cidani": "${CALLERID(ANI)}",
    "cidrdnis": "${CALLERID(RDNIS)}",
    "ciddnid": "${CALLERID(DNID)}",
    "exten": "${CHANNEL(exten)}",
    "context": "${CHANNEL(context)}",
    "channame": "${CHANNEL(channame)}",
    "appname": "${CHANNEL(appname)}",
    "appdata": "${CHANNEL(appdata)}",
    "amaflags": "${CHANNEL(amaflags)}",
    "accountcode": "${CHANNEL(accountcode)}",
    "uniqueid": "${CHANNEL(uniqueid)}",
    "linkedid": "${CHANNEL(linkedid)}",
    "peer": "${BRIDGEPEER}",
    "userfield": "${CHANNEL(userfield)}",
    "userdeftype": "${userdeftype}",
    "eventextra": "${eventextra}",
}


def _row(values: Mapping[str, str]) -> str:
    return f"columns => {', '.join(values)}\nvalues => " + ",".join(
        f"'{value}'" for value in values.values()
    )


_MODULES = (
    *("res_cdrel_custom",),  # Asterisk 22 has what the custom ones share in a module of its own
    *("cdr_csv", "cdr_sqlite3_custom", "cel_custom", "cel_sqlite3_custom"),
)
RECORDS: Mapping[str, str] = {
    "modules_custom.conf": "".join(f"load = {name}.so\n" for name in _MODULES),
    "cdr.conf": "[general]\nenable = yes\nunanswered = yes\n"
    "[csv]\nusegmtime = no\nloguniqueid = yes\nloguserfield = yes\nnewcdrcolumns = yes\n",
    "cel.conf": "[general]\nenable = yes\napps = dial,queue,voicemail,park\nevents = ALL\n",
    "cel_custom.conf": "[mappings]\nMaster.csv => "
    + ",".join(f"${{CSV_QUOTE({value})}}" for value in _CEL.values())
    + "\n",
    "cdr_sqlite3_custom.conf": "[master]\ntable => cdr\n"
    + _row({name: f"${{CDR({value})}}" for name, value in _CDR.items()})
    + "\n",
    "cel_sqlite3_custom.conf": f"[master]\ntable => cel\n{_row(_CEL)}\n",
    "extensions_custom.conf": EXTENSIONS,
    "queues_custom.conf": QUEUES,
}


def in_postgres(folder: str, database: str) -> Mapping[str, str]:
    """More files, for records that also go to PostgreSQL at this socket."""
    where = f"[global]\nhostname = {folder}\nport = 5432\ndbname = {database}\nuser = ringback\n"
    modules = RECORDS["modules_custom.conf"] + "load = cdr_pgsql.so\nload = cel_pgsql.so\n"
    return {
        "modules_custom.conf": modules,
        "cdr_pgsql.conf": where + "table = cdr\n",
        "cel_pgsql.conf": where + "table = cel\n",
    }


def make_folders(log: Path) -> None:
    """Asterisk's package makes them; Asterisk itself does not."""
    for name in ("cdr-csv", "cel-custom"):
        (log / name).mkdir(exist_ok=True)


TABLES = (
    """CREATE TABLE cdr (
        id bigserial, calldate timestamp, clid varchar(80), src varchar(80), dst varchar(80),
        dcontext varchar(80), channel varchar(80), dstchannel varchar(80), lastapp varchar(80),
        lastdata varchar(80), duration bigint, billsec bigint, disposition varchar(45),
        amaflags bigint, accountcode varchar(20), uniqueid varchar(150), userfield varchar(255),
        linkedid varchar(150), sequence bigint)""",
    """CREATE TABLE cel (
        id bigserial, eventtype varchar(30), eventtime timestamp, userdeftype varchar(255),
        cid_name varchar(80), cid_num varchar(80), cid_ani varchar(80), cid_rdnis varchar(80),
        cid_dnid varchar(80), exten varchar(80), context varchar(80), channame varchar(80),
        appname varchar(80), appdata varchar(80), amaflags int, accountcode varchar(20),
        peeraccount varchar(20), uniqueid varchar(150), linkedid varchar(150),
        userfield varchar(255), peer varchar(80), extra text)""",
)
"""As Asterisk's documentation has them, and a number that counts up in `cdr` too."""
