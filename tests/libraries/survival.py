"""Holds what Rapport says of how long contracts last against lifelines, on IBM's telco customers.

    survival.py contracts TELCO.csv FOLDER   write FOLDER/contracts.csv, and monthly.csv with those by the month alone
    survival.py compare TELCO.csv FOLDER     hold the answers FOLDER/monthly.json and contracts.json against lifelines

The file is a snapshot without dates: it says how many months each customer had stayed, and whether it had left. The
contracts get dates that say the same: whoever left had stayed whole months on some day of the years before, and whoever
stays has stayed whole months on the day of the snapshot.
"""

import csv
import datetime
import json
import pathlib
import sys

SNAPSHOT = datetime.date(2020, 1, 1)
# Which contracts a file has; of all of them fewer than half ended, so that only a part has a median.
FILES = {"monthly": ["Month-to-month"], "contracts": ["Month-to-month", "One year", "Two year"]}


def contracts(rows, folder):
    for name, kinds in FILES.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["customer", "begins", "last day"])
            for number, row in enumerate(rows):
                if row["Contract"] not in kinds:
                    continue
                until, last_day = SNAPSHOT, ""
                if row["Churn"] == "Yes":
                    # A day that every month has.
                    until = SNAPSHOT - datetime.timedelta(days=31 + number * 37 % 1500)
                    until = until.replace(day=1 + number % 28)
                    last_day = until - datetime.timedelta(days=1)
                writer.writerow([row["customerID"], months_before(until, int(row["tenure"])), last_day])


def months_before(day, months):
    month = day.year * 12 + day.month - 1 - months
    return day.replace(year=month // 12, month=month % 12 + 1)


def compare(rows, folder):
    differences, agreed = [], {}
    for name, kinds in FILES.items():
        answer = json.loads((folder / f"{name}.json").read_text())["survival"]
        of_kind = [row for row in rows if row["Contract"] in kinds]
        differences += [f"{name}, {difference}" for difference in differing(of_kind, answer)]
        agreed[name] = {"points": len(answer["points"]), "median": answer.get("medianMonths")}
    if differences:
        sys.exit("\n".join([*differences[:20], f"{len(differences)} differences"]))
    json.dump(agreed, sys.stdout)


def differing(rows, answer):
    import lifelines
    import scipy.stats

    months, left = [int(row["tenure"]) for row in rows], [row["Churn"] == "Yes" for row in rows]
    # Rapport takes 1.96 for the quantile of the normal distribution.
    curve = lifelines.KaplanMeierFitter(alpha=2 * scipy.stats.norm.sf(1.96)).fit(months, left)
    survival, bounds, events = curve.survival_function_.iloc[:, 0], curve.confidence_interval_, curve.event_table
    pairs = [
        ("contracts", int(answer["contracts"]["count"]), len(rows)), ("ended", int(answer["ended"]["count"]), sum(left)),
    ]
    for point in answer["points"]:
        at = point["months"]
        low, high = bounds.loc[at]
        pairs += [
            (f"at risk at {at}", int(point["atRisk"]["count"]), events["at_risk"][at]),
            (f"ended until {at}", int(point["ended"]["count"]), events["observed"].loc[:at].sum()),
            (f"survival at {at}", point["survival"], survival[at]),
            (f"low at {at}", point.get("low"), low), (f"high at {at}", point.get("high"), high),
        ]
    median = curve.median_survival_time_
    pairs.append(("median", answer.get("medianMonths"), None if median == float("inf") else median))
    if answer.get("medianMonths") is not None:
        pairs.append(("days of the median", answer["medianDays"], 0))
    for what, said, own in pairs:
        if (said is None) != (own is None) or (own is not None and abs(said - own) > 1e-9):
            yield f"{what}: {said}, by lifelines {own}"


if __name__ == "__main__":
    _, command, path, folder = sys.argv
    table = list(csv.DictReader(pathlib.Path(path).open()))
    {"contracts": contracts, "compare": compare}[command](table, pathlib.Path(folder))
