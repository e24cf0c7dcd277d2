"""Reading tables and counting, for the scripts beside this one."""
import csv, json, os, sys
from collections import Counter

types, tables = Counter(), {}


def read(name, *paths):
    """The rows of a file; counted as a table of the mapping where it has a name."""
    with open(os.path.join(sys.argv[1], paths[0]), newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    if name:
        tables[name] = len(rows)
    return rows


def count(kind, number):
    if number:
        types[kind] += number


def filled(rows, column):
    return sum(bool(row[column].strip()) for row in rows)


def having(rows, column, *values):
    return sum(row[column] in values for row in rows)


def finish():
    print(json.dumps({"types": types, "tables": tables}))
