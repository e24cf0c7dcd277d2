"""What the sales pipeline's raw files say, computed without the importer."""
import csv, datetime, json, os, sys
from collections import Counter, defaultdict

folder = sys.argv[1]
read = lambda name: list(csv.DictReader(open(os.path.join(folder, name), newline="", encoding="utf-8")))
office = {row["sales_agent"]: row["regional_office"] for row in read("sales_teams.csv")}


def seconds(day):
    return int(datetime.datetime.fromisoformat(day).replace(tzinfo=datetime.timezone.utc).timestamp())


stages, products, won = Counter(), Counter(), Counter()
histories = defaultdict(list)
wins = losses = 0
for row in read("accounts.csv"):
    facts = sum(bool(row[name]) for name in ("sector", "employees", "revenue", "year_established", "subsidiary_of"))
    kinds = ["party.registered", "party.role_assigned"] + ["party.fact_recorded"] * facts
    histories[row["account"]] += [(float("inf"), "- " + kind) for kind in kinds]
for row in read("sales_pipeline.csv"):
    history = histories[row["account"]]
    products["GTX Pro" if row["product"] == "GTXPro" else row["product"]] += 1
    if row["engage_date"]:
        stages["Engaging"] += 1
        history.append((seconds(row["engage_date"]), "%d deal.opened" % seconds(row["engage_date"])))
    else:
        stages[row["deal_stage"]] += 1
        history.append((float("inf"), "- deal.opened"))
    if row["deal_stage"] in ("Won", "Lost"):
        # No deal of the set is closed before it was engaged.
        assert row["close_date"] >= row["engage_date"]
        at = seconds(row["close_date"])
        history.append((at, "%d deal.%s" % (at, row["deal_stage"].lower())))
        if row["deal_stage"] == "Won":
            wins += 1
            won[row["sales_agent"] + "/" + office[row["sales_agent"]]] += int(row["close_value"]) * 100
        else:
            losses += 1
    elif row["engage_date"]:
        history.append((seconds(row["engage_date"]), "%d deal.stage_changed" % seconds(row["engage_date"])))
    else:
        history.append((float("inf"), "- deal.stage_changed"))
ordered = {customer: [text for _, text in sorted(entries, key=lambda entry: entry[0])] for customer, entries in histories.items()}
print(json.dumps({"stages": stages, "products": products, "won_by_agent": won, "wins": wins, "losses": losses, "histories": ordered}))
