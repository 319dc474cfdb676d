"""Date and time expressions, Swedish and English. All are read on Tuesday 10 March 2026 at 13:00.

The week is Monday 9 to Sunday 15 March (ISO week 11). One line each: text, days, clock.
Days: `03-12`, several with a space, a span as `03-16..03-22`. Clock: readings `02:30/14:30`,
bounds `>=16:00`, `<=11:59`, `09:00..10:00`. `-` is nothing.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from dialogue.builtin.when import Heard, hear_when
from dialogue.builtin.words import normal

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 3, 10, 13, 0, tzinfo=ZONE)

EXPRESSIONS = """
idag kl 15                               | 03-10 | 15:00
i dag                                    | 03-10 | -
imorgon                                  | 03-11 | -
imorn kl 14 om det går                   | 03-11 | 14:00
i morgon bitti                           | 03-11 | <=11:59
imorron 9                                | 03-11 | 09:00/21:00
i övermorgon                             | 03-12 | -
ikväll                                   | 03-10 | >=17:00
i eftermiddag                            | 03-10 | >=12:00
på torsdag kl 15                         | 03-12 | 15:00
torsdag halv tre                         | 03-12 | 02:30/14:30
tors 15                                  | 03-12 | 15:00
torsag kl tio                            | 03-12 | 10:00/22:00
fredgen den passar                       | 03-13 | -
på tisdag                                | 03-17 | -
nästa tisdag                             | 03-17 | -
nästa fredag                             | 03-20 | -
onsdan kvart över tio                    | 03-11 | 10:15/22:15
lordag 11.30                             | 03-14 | 11:30/23:30
på söndag                                | 03-15 | -
tisdag eller onsdag em                   | 03-11 03-17 | >=12:00
mån-ons fm                               | 03-16..03-18 | <=11:59
på fredag nästa vecka                    | 03-20 | -
nästa vecka på tors                      | 03-19 | -
torsdag om två veckor                    | 03-26 | -
nästa vecka                              | 03-16..03-22 | -
nästa v efter jobbet                     | 03-16..03-22 | >=16:00
nån gång i veckan                        | 03-10..03-15 | -
den här veckan                           | 03-10..03-15 | -
veckan därpå                             | 03-23..03-29 | -
v 14, helst förmiddag                    | 03-30..04-05 | <=11:59
v.13                                     | 03-23..03-29 | -
vecka 12 på onsdag                       | 03-18 | -
nästa vecka men inte onsdag              | 03-16 03-17 03-19 03-20 03-21 03-22 | -
slutet av nästa vecka                    | 03-19..03-22 | -
början av nästa vecka                    | 03-16..03-18 | -
i helgen                                 | 03-14..03-15 | -
nästa helg                               | 03-21..03-22 | -
om tre dagar                             | 03-13 | -
om en vecka                              | 03-17 | -
om två veckor                            | 03-24 | -
tidigast fredag                          | 03-13..03-22 | -
innan fredag                             | 03-10..03-12 | -
12/3 kl 9                                | 03-12 | 09:00/21:00
fre 13/3 kl 8 skulle funka               | 03-13 | 08:00/20:00
20 maj                                   | 05-20 | -
den 20 maj kvart över tio                | 05-20 | 10:15/22:15
den 3:e efter lunch                      | 04-03 | >=12:00
den 14                                   | 03-14 | -
14:e                                     | 03-14 | -
2026-04-01                               | 04-01 | -
i maj                                    | 05-01..05-31 | -
första veckan i april                    | 04-01..04-07 | -
den tjugonde april                       | 04-20 | -
slutet av april                          | 04-21..04-30 | -
midsommarafton                           | 06-19 | -
kristi himmelsfärdsdag kl 10             | 05-14 | 10:00/22:00
långfredagen                             | 04-03 | -
jag ringde i tisdags                     | - | -
kl 14                                    | - | 14:00
klockan nio                              | - | 09:00/21:00
kl 9                                     | - | 09:00/21:00
kl 09                                    | - | 09:00
kl 12                                    | - | 12:00
kl 1430                                  | - | 14:30
14.30                                    | - | 14:30
14:30                                    | - | 14:30
1430                                     | - | 14:30
11                                       | - | 11:00/23:00
nio funkar                               | - | 09:00/21:00
halv två funkar                          | - | 01:30/13:30
halv 3                                   | - | 02:30/14:30
halv ett                                 | - | 00:30/12:30
kvart i fyra                             | - | 03:45/15:45
kvart över 12                            | - | 12:15
tio i tre                                | - | 02:50/14:50
20 över 3                                | - | 03:20/15:20
tio i halv tre                           | - | 02:20/14:20
fem över halv tre                        | - | 02:35/14:35
vid tretiden                             | - | 03:00/15:00
10-tiden                                 | - | 10:00/22:00
runt 10                                  | - | 10:00/22:00
3 på eftermiddagen                       | - | 15:00
åtta på morgonen                         | - | 08:00
mellan 9 och 10                          | - | 09:00..10:00
mellan 12 och 14                         | - | 12:00..14:00
mellan kl 9 och kl 10                    | - | 09:00..10:00
9-11                                     | - | 09:00..11:00
kl 13-15                                 | - | 13:00..15:00
från 13 till 15                          | - | 13:00..15:00
efter 16                                 | - | >=16:00
efter 3                                  | - | >=15:00
efter kl 15.30                           | - | >=15:30
från kl 10                               | - | >=10:00
tidigast 10                              | - | >=10:00
före 12                                  | - | <=11:59
innan kl 10                              | - | <=09:59
senast kl 15                             | - | <=15:00
på förmiddagen                           | - | <=11:59
fm                                       | - | <=11:59
eftermiddag                              | - | >=12:00
em                                       | - | >=12:00
efter lunch                              | - | >=12:00
innan lunch                              | - | <=11:59
efter jobbet                             | - | >=16:00
kvällstid                                | - | >=17:00
på lunchen                               | - | 11:00..13:00
tomorrow at 4.30pm                       | 03-11 | 16:30
tmrw 9am                                 | 03-11 | 09:00
the day after tomorrow                   | 03-12 | -
today at noon                            | 03-10 | 12:00
tonight                                  | 03-10 | >=17:00
this afternoon                           | 03-10 | >=12:00
on Thursday                              | 03-12 | -
Monday at 1 pm then                      | 03-16 | 13:00
next Friday                              | 03-20 | -
Thursday evening                         | 03-12 | >=17:00
Wed at half past two                     | 03-11 | 02:30/14:30
Saturday at 11:30, thanks                | 03-14 | 11:30/23:30
next week, preferably in the morning     | 03-16..03-22 | <=11:59
this weekend                             | 03-14..03-15 | -
in two weeks                             | 03-24 | -
in 3 days                                | 03-13 | -
week 14                                  | 03-30..04-05 | -
20 June at 10am                          | 06-20 | 10:00
April 3 at 2                             | 04-03 | 02:00/14:00
the 3rd of April at quarter to four      | 04-03 | 03:45/15:45
the 14th                                 | 03-14 | -
between 9 and 10                         | - | 09:00..10:00
between 1 and 3pm                        | - | 13:00..15:00
from 9 to 11                             | - | 09:00..11:00
any time after 4pm                       | - | >=16:00
after work                               | - | >=16:00
before noon                              | - | <=11:59
half two                                 | - | 02:30/14:30
9 o'clock                                | - | 09:00/21:00
12.30 pm                                 | - | 12:30
min son är 6 år och väger 20 kg          | - | -
betalade 1850 för slingor                | - | -
blir ca 20 min sen hem                   | - | -
två personer                             | - | -
19121212-1212                            | - | -
ring 070-174 06 05                       | - | -
den andra                                | - | -
ha en trevlig dag                        | - | -
""".strip().splitlines()


def days_text(heard: Heard) -> str:
    days = heard.when.days
    if not days:
        return "-"
    span = [days[0] + timedelta(days=n) for n in range(len(days))]
    if (len(days) > 1 and list(days) == span and len(days) != 2) or _weekend(days):
        return f"{days[0]:%m-%d}..{days[-1]:%m-%d}"
    return " ".join(f"{day:%m-%d}" for day in days)


def _weekend(days: tuple[date, ...]) -> bool:
    return [day.weekday() for day in days] == [5, 6]


def clock_text(heard: Heard) -> str:
    when = heard.when
    if when.exact:
        return "/".join(f"{one:%H:%M}" for one in when.exact)
    if when.not_before and when.not_after:
        return f"{when.not_before:%H:%M}..{when.not_after:%H:%M}"
    if when.not_before:
        return f">={when.not_before:%H:%M}"
    return f"<={when.not_after:%H:%M}" if when.not_after else "-"


@pytest.mark.parametrize("line", EXPRESSIONS)
def test_an_expression_means_these_days_and_times(line: str) -> None:
    text, days, clock = (part.strip() for part in line.rsplit("|", 2))
    heard = hear_when(normal(text), NOW)
    assert (days_text(heard), clock_text(heard)) == (days, clock)


def test_the_table_holds_at_least_a_hundred_expressions() -> None:
    assert len(EXPRESSIONS) >= 100


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("om en timme", time(14, 0)),
        ("om 2 timmar", time(15, 0)),
        ("om en och en halv timme", time(14, 30)),
        ("om en halvtimme", time(13, 30)),
        ("om 45 min", time(13, 45)),
        ("in an hour", time(14, 0)),
        ("in 2 hours", time(15, 0)),
    ],
)
def test_time_from_now_is_a_first_start_today(text: str, start: time) -> None:
    when = hear_when(text, NOW).when
    assert (when.days, when.not_before, when.soonest) == ((NOW.date(),), start, True)


def test_an_hour_from_now_is_elapsed_time_over_the_spring_change() -> None:
    before = datetime(2027, 3, 28, 1, 30, tzinfo=ZONE)
    when = hear_when("om en timme", before).when
    assert (when.days, when.not_before) == ((date(2027, 3, 28),), time(3, 30))


def test_an_hour_from_now_is_elapsed_time_over_the_autumn_change() -> None:
    before = datetime(2027, 10, 31, 2, 30, tzinfo=ZONE)
    assert hear_when("om en timme", before).when.not_before == time(2, 30, fold=1)


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("torsdag samma tid", "same_time"),
        ("the same time on friday", "same_time"),
        ("en damklippning samma dag", "same_day"),
        ("that day", "same_day"),
        ("lite senare", "later"),
        ("something earlier", "earlier"),
        ("har ni andra tider", "other_times"),
        ("any other times?", "other_times"),
        ("någon annan dag", "other_days"),
    ],
)
def test_pointers_back_are_heard(text: str, pointer: str) -> None:
    assert getattr(hear_when(text, NOW), pointer)


@pytest.mark.parametrize(
    "text", ["så snart som möjligt", "tidigast möjliga tid", "asap", "first available", "snarast"]
)
def test_the_wish_for_the_soonest_time_is_heard(text: str) -> None:
    assert hear_when(text, NOW).when.soonest


def test_a_date_on_another_weekday_is_a_clash() -> None:
    heard = hear_when("fredag 12 mars", NOW)
    assert heard.clash == (date(2026, 3, 12), date(2026, 3, 13))


def test_a_date_long_gone_is_next_years_and_one_just_gone_is_kept() -> None:
    assert hear_when("5 januari", NOW).when.days == (date(2027, 1, 5),)
    assert hear_when("1 mars", NOW).when.days == (date(2026, 3, 1),)
