"""A third opinion on answers of the views: DuckDB computes them from the exported events.

The SQL beside this file is written from docs/views*.md and knows nothing of Rapport's code.

    opinion.py additions FOLDER   write batches of events that the demo's story lacks, and print the names of the files
    opinion.py compare FOLDER     compare the answers in FOLDER with SQL over FOLDER/events.jsonl
    opinion.py falsify FOLDER     make one number of each answer at the first moment larger by one

A batch is FOLDER/DATE.additions.jsonl; it is to be recorded on that date. `compare` reads FOLDER/moments.json: the
`zone` and the `moments`, each with a `name` and with `dates`: `as_of`, and `known_at`, `from` and `to` where they were
asked for. The answer to a question at a moment is FOLDER/NAME.QUESTION.json, or FOLDER/NAME.QUESTION.VARIANT.json.
"""

import datetime
import decimal
import functools
import json
import math
import operator
import pathlib
import sys

import author
import duckdb
import work

HERE = pathlib.Path(__file__).parent
# A comment of this form in a file of SQL says in which list of the answer the rows of the next query are; `.` is the
# answer itself.
MARK = "-- answer: "
DIFFERENCES_SHOWN = 20
MICROSECOND = datetime.timedelta(microseconds=1)
# An amount or a count in the answer to each question.
AMOUNTS = {
    "orders": ["rows", 0, "sold", "value", "minorUnits"],
    "classes": ["rows", 0, "valueMinorUnits"],
    "pyramid": ["customers", 0, "revenue", "minorUnits"],
    "receivables": ["rows", 0, "receivable", "minorUnits"],
    "profit": ["rows", 0, "profit", "minorUnits"],
    "tickets": ["total", "opened", "count"],
    "promises": ["total", "resolutionPromise", "breached", "count"],
    "deliveries": ["total", "late", "orders", "count"],
    "needs": ["total", "satisfied", "count", "count"],
    "leads": ["groups", 0, "of", "converted", "leads", "count"],
    "calls": ["rows", 0, "of", "reached", "part", "count"],
    "scores": ["totals", 0, "of", "negative", "answers", "count"],
    "contacts": ["total", "twoWay", "part", "count"],
    "staff": ["turnover", "joined", "count"],
}
# When the additions to the story are recorded: after its end, in several steps, so that knowledge at K matters.
ADDITION_DAYS = ["2025-07-31", "2025-08-31", "2025-09-30", "2025-10-31", "2025-11-30", "2025-12-31"]


def compare(folder):
    """Compares all answers; prints how many rows of each question agree."""
    asked = json.loads((folder / "moments.json").read_text())
    database = duckdb.connect(config={"threads": 1})
    load(database, folder, asked["zone"])
    differences, agreed = [], {}
    for moment in asked["moments"]:
        set_moment(database, moment["dates"])
        database.execute("SET search_path = 'main'")
        database.execute((HERE / "events.sql").read_text())
        prepared = None
        for path in sorted(folder.glob(f"{moment['name']}.*.json")):
            _, question, *variant = path.name.removesuffix(".json").split(".")
            answer = json.loads(path.read_text())
            database.execute("SET VARIABLE variant = $variant", {"variant": "".join(variant)})
            database.execute("SET VARIABLE answer = $answer", {"answer": json.dumps(answer)})
            preparation, *queries = (HERE / f"{question}.sql").read_text().split(MARK)
            # The variants of a question differ in its queries alone.
            if question != prepared:
                # Each question has its tables for itself.
                database.execute("SET search_path = 'main'; DROP SCHEMA IF EXISTS question CASCADE")
                database.execute("CREATE SCHEMA question; SET search_path = 'question,main'")
                database.execute(preparation)
                prepared = question
            for key, said, ours in compared(database, queries, answer):
                place = f"{path.name} {key}"
                differences += [f"{place}: {difference}" for difference in differing(said, ours)]
                agreed[f"{question} {key}"] = agreed.get(f"{question} {key}", 0) + len(ours)
    for difference in differences[:DIFFERENCES_SHOWN]:
        print(difference, file=sys.stderr)
    if differences:
        sys.exit(f"{len(differences)} differences")
    json.dump(agreed, sys.stdout)


def load(database, folder, zone):
    """The exported events as a table, and the calendar of the ledger's zone."""
    database.execute("SET TimeZone = 'UTC'")
    database.execute("SET VARIABLE zone = $zone", {"zone": zone})
    database.execute("""
        CREATE MACRO local(t) AS (t AT TIME ZONE 'UTC') AT TIME ZONE getvariable('zone');
        CREATE MACRO instant(l) AS (l AT TIME ZONE getvariable('zone')) AT TIME ZONE 'UTC'
    """)
    database.execute((HERE / "measures.sql").read_text())
    database.execute(
        """
        CREATE TABLE event AS
        SELECT position, id, type, customer, occurredAt AS occurred_at, recordedAt AS recorded_at, actor, channel,
            tags, payload
        FROM read_json($path, format = 'newline_delimited', columns = {
            position: 'BIGINT', id: 'VARCHAR', type: 'VARCHAR', customer: 'VARCHAR', occurredAt: 'TIMESTAMP',
            recordedAt: 'TIMESTAMP', actor: 'JSON', channel: 'VARCHAR', tags: 'VARCHAR[]', payload: 'JSON'})
        """,
        {"path": str(folder / "events.jsonl")},
    )


def set_moment(database, dates):
    """Sets T, K and the window by the rules of the documentation."""
    # A date means the end of that day in the ledger's zone; at the beginning of a period, its beginning.
    end = "instant(($date)::DATE + INTERVAL 1 DAY)"
    begin = "instant(($date)::DATE::TIMESTAMP)"
    last = f"{end} - INTERVAL 1 MICROSECOND"
    year_before = "instant(local(getvariable('period_to')) - INTERVAL 12 MONTH)"
    set_variable(database, "t", last, dates["as_of"])
    set_variable(database, "k", last, dates.get("known_at", "9999-01-01"))
    database.execute("SET VARIABLE has_period = $has_period", {"has_period": "from" in dates})
    # Left out, the window ends with T, inclusive, and begins twelve months before its end.
    set_variable(database, "period_to", end, dates.get("to", dates["as_of"]))
    if "from" in dates:
        set_variable(database, "period_from", begin, dates["from"])
    else:
        database.execute(f"SET VARIABLE period_from = {year_before}")


def set_variable(database, name, expression, date):
    value = database.execute(f"SELECT {expression}", {"date": date}).fetchone()[0]
    database.execute(f"SET VARIABLE {name} = $value::TIMESTAMP", {"value": value})


def compared(database, queries, answer):
    """For each list that the SQL of a question computes: its name, the answer's rows, and the rows of the SQL.

    Rows of a query without an order are those of a list without a documented order: both are ordered by their
    texts and moments.
    """
    for query in queries:
        key, query = query.split("\n", 1)
        result = database.execute(query)
        columns = [column[0] for column in result.description]
        ours = [flat(zip(columns, row)) for row in result.fetchall()]
        said = answer if key == "." else at(answer, key) or []
        if isinstance(said, dict):
            said = [said]
        if "ORDER BY" not in query:
            kinds = (str, list, datetime.datetime)
            texts = [path for path in (ours or [{}])[0] if any(isinstance(row[path], kinds) for row in ours)]
            said = sorted(said, key=lambda row: [as_text(at(row, path)) for path in texts])
            ours = sorted(ours, key=lambda row: [as_text(row[path]) for path in texts])
        yield key, said, ours


def as_text(value):
    """A value to sort by, the same for JSON and SQL."""
    try:
        return datetime.datetime.fromisoformat(str(value).removesuffix("Z")).isoformat()
    except ValueError:
        return str(value or "")


def flat(columns):
    """A row of SQL by its paths: of a column that is a struct, each member has a path of its own."""
    row = {}
    for path, value in columns:
        members = flat(value.items()) if isinstance(value, dict) else {"": value}
        row |= {f"{path}.{inner}" if inner else path: member for inner, member in members.items()}
    return row


def differing(said, ours):
    """What the two lists of rows have not in common. A column of the SQL is named by its path in the answer's row."""
    if len(said) != len(ours):
        yield f"{len(said)} rows, by SQL {len(ours)}"
    for number, (row, own) in enumerate(zip(said, ours)):
        for path, value in own.items():
            found = at(row, path)
            if not same(found, value):
                of = " ".join(str(value) for value in list(own.values())[:2])
                yield f"row {number} ({of}): `{path}` is {found!r}, by SQL {value!r}"


def at(row, path):
    """What is at a path in a row of an answer; `*` stands for each of a list."""
    name, _, rest = path.partition(".")
    if name == "*":
        return [at(inner, rest) if rest else inner for inner in row or []]
    found = row.get(name) if isinstance(row, dict) else None
    return at(found, rest) if rest else found


def same(said, ours):
    """Whether JSON says a value of SQL, exactly but for the last digits of floats.

    64-bit numbers and decimals are texts in JSON, and so are lengths of time.
    """
    if isinstance(ours, str):
        return (said or "") == ours
    if ours is None or isinstance(ours, bool) or said is None:
        return said == ours
    if isinstance(ours, float):
        return math.isclose(said, ours, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(ours, datetime.timedelta):
        return decimal.Decimal(said.removesuffix("s")) == decimal.Decimal(ours // MICROSECOND) / 1_000_000
    if isinstance(ours, datetime.datetime):
        return datetime.datetime.fromisoformat(said.removesuffix("Z")) == ours
    if isinstance(ours, list):
        return len(said) == len(ours) and all(map(same, said, ours))
    return decimal.Decimal(said) == ours


def falsify(folder):
    """Changes one number in each question's answer, so that a test can see that `compare` notices it."""
    moment = json.loads((folder / "moments.json").read_text())["moments"][0]["name"]
    for question, place in AMOUNTS.items():
        path = folder / f"{moment}.{question}.json"
        answer = json.loads(path.read_text())
        *containers, name = place
        holder = functools.reduce(operator.getitem, containers, answer)
        holder[name] = str(int(holder[name]) + 1)
        path.write_text(json.dumps(answer))


def additions(folder):
    """Writes what the demo's story lacks: changed orders, credits and advances, merges, tickets and leads in any order,
    work of which little is said, corrections of all of these."""
    story = [json.loads(line) for line in (folder / "events.jsonl").open()]
    authors = [author.Author(story), work.Worker(story)]
    for day in ADDITION_DAYS:
        batch = [event for one in authors for event in one.batch(datetime.date.fromisoformat(day))]
        lines = "".join(json.dumps(event) + "\n" for event in batch)
        name = f"{day}.additions.jsonl"
        (folder / name).write_text(lines)
        print(name)


if __name__ == "__main__":
    {"additions": additions, "compare": compare, "falsify": falsify}[sys.argv[1]](pathlib.Path(sys.argv[2]))
