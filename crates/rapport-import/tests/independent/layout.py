"""Reading tables and telling what happened, for the scripts beside this one.

A script goes through the tables in the mapping's order and tells each event with `happened`; in one second, events keep
that order. What comes out: events by type, rows by table, each customer's history, each deal's and ticket's course, and
the sum of the amounts by type.
"""
import csv, datetime, json, os, re, sys
from collections import Counter, defaultdict
from decimal import ROUND_HALF_EVEN, Decimal

types, tables, amounts = Counter(), {}, Counter()
histories, courses = defaultdict(list), defaultdict(list)
NEVER = float("inf")
FORMATS = ("%d %b, %Y %H:%M:%S", "%d-%m-%Y %H:%M", "%m/%d/%y %I:%M %p", "%m/%d/%y", "%m/%d/%Y")


def read(name, *paths):
    """The rows of a file; counted as a table of the mapping where it has a name."""
    with open(os.path.join(sys.argv[1], paths[0]), newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    if name:
        tables[name] = len(rows)
    return rows


def first_by(rows, column, wanted):
    """For each value of a column, another column of the first row that has it."""
    found = {}
    for row in rows:
        found.setdefault(row[column], row[wanted])
    return found


def seconds(text):
    """A moment in seconds since 1970; NEVER for an empty text, which sorts last."""
    text = text.strip()
    if not text:
        return NEVER
    iso = re.match(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d{1,2}):(\d\d):(\d\d)(?:\.\d+)?)?Z?$", text)
    if iso:
        moment = datetime.datetime(*(int(part or 0) for part in iso.groups()))
        return int(moment.replace(tzinfo=datetime.timezone.utc).timestamp())
    for form in FORMATS:
        try:
            return int(datetime.datetime.strptime(text, form).replace(tzinfo=datetime.timezone.utc).timestamp())
        except ValueError:
            pass
    raise ValueError(text)


def end_of_day(text):
    """The last second of the day that a moment or a date is of."""
    return seconds(text) // 86400 * 86400 + 86399


def day_alone(text):
    """A date without a time means the end of its day for what ends."""
    return end_of_day(text) if ":" not in text else seconds(text)


def cents(text):
    """An amount of dollars in cents."""
    plain = text.strip().replace("$", "").replace(",", "")
    power = {"K": 1000, "M": 1000000}.get(plain[-1:].upper(), 1)
    return int((Decimal(plain.rstrip("KMkm")) * power * 100).quantize(Decimal(1), ROUND_HALF_EVEN))


def happened(kind, customer="", at="", deal="", ticket="", step="", amount=""):
    when = seconds(at) if isinstance(at, str) else at
    text = "-" if when == NEVER else str(when)
    types[kind] += 1
    histories[customer].append((when, text + " " + kind))
    if deal or ticket:
        courses["deal:" + deal if deal else "ticket:" + ticket].append((when, text + " " + (step or kind)))
    if amount.strip():
        amounts[kind] += cents(amount)


def yes(text):
    return text.lower() == "true"


def prefixed(prefix, key):
    return prefix + key if key else ""


def finish():
    ordered = lambda entries: [text for _, text in sorted(entries, key=lambda entry: entry[0])]
    print(json.dumps({
        "types": types, "tables": tables, "amounts": amounts,
        "histories": {name: ordered(entries) for name, entries in histories.items()},
        "courses": {name: ordered(entries) for name, entries in courses.items()},
    }))
