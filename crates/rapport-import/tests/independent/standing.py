"""How each deal, ticket and score stands by its source's own status columns, whatever the preset makes of it.

Arguments: the folder, and the name of the source. Prints deals (`won`, `lost`, `open`), tickets (`closed`, `open`) by
id, and scores, sorted.
"""
import csv, json, os, sys
from collections import Counter

folder, source = sys.argv[1:3]
deals, tickets, scores = {}, {}, []
CLOSED = {True: "closed", False: "open"}


def rows(name):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return []
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def yes(text):
    return text.strip().lower() in ("true", "1", "yes")


def outcome(won, closed):
    return "won" if won else "lost" if closed else "open"


if source == "salesforce":
    for row in rows("Opportunity.csv"):
        deals[row["Id"]] = outcome(yes(row["IsWon"]), yes(row["IsClosed"]))
    for row in rows("sf_opportunity_data.csv"):
        deals[row["id"]] = outcome(yes(row["is_won"]), yes(row["is_closed"]))
elif source == "zoho":
    for row in rows("Potentials.csv"):
        deals["lead-" + row["LEADID"]] = outcome(row["Stage"] == "Closed Won", row["Stage"] == "Closed Lost")
    # Cases have no ids: they are counted.
    for number, row in enumerate(rows("Cases.csv")):
        tickets[str(number)] = CLOSED[row["Status"] == "Closed"]
elif source == "hubspot":
    stage = {row["stage_id"]: row for row in rows("deal_pipeline_stage_data.csv")}
    last = {}
    for row in rows("deal_stage_data.csv"):
        last.setdefault(row["deal_id"], []).append((row["date_entered"].zfill(19), row["value"]))
    for row in rows("deal_data.csv"):
        # Where the deal's own row names no stage, its history does.
        now = row["deal_pipeline_stage_id"] or max(last.get(row["deal_id"], [("", "")]))[1]
        meaning = stage.get(now, {"closed_won": "", "is_closed": ""})
        deals[row["deal_id"]] = outcome(yes(meaning["closed_won"]), yes(meaning["is_closed"]))
    stage = {row["stage_id"]: row for row in rows("ticket_pipeline_stage_data.csv")}
    for row in rows("ticket_data.csv"):
        known = stage.get(row["property_hs_pipeline_stage"])
        tickets[row["id"]] = CLOSED[yes(known["is_closed"]) if known else bool(row["property_closed_date"])]
elif source == "sales-pipeline":
    for row in rows("sales_pipeline.csv"):
        deals[row["opportunity_id"]] = outcome(row["deal_stage"] == "Won", row["deal_stage"] == "Lost")
elif source == "zendesk":
    for row in rows("ticket_data.csv"):
        tickets[row["id"]] = CLOSED[row["status"] in ("solved", "closed")]
elif source == "intercom":
    versions = {}
    for row in rows("conversation_history_data.csv"):
        versions.setdefault(row["id"], []).append((row["updated_at"], row["state"]))
        if row["conversation_rating_value"]:
            scores.append((row["id"], row["conversation_rating_value"]))
    scores = [float(value) for _, value in sorted(set(scores))]
    tickets = {name: CLOSED[max(states)[1] == "closed"] for name, states in versions.items()}
elif source == "helpdesk-italy":
    for row in rows("helpdesk.csv"):
        tickets.setdefault(row["Case ID"], []).append(row)
    # The log's last activity of a case, by its time; in one second, by its place.
    last = {name: sorted(found, key=lambda row: row["Complete Timestamp"])[-1]["Activity"] for name, found in tickets.items()}
    tickets = {name: CLOSED[activity in ("Closed", "Resolve ticket", "RESOLVED")] for name, activity in last.items()}
elif source == "bank-complaints":
    with open(os.path.join(folder, "BPI2016_Complaints.csv"), newline="", encoding="latin1") as file:
        tickets = {row["ComplaintID"]: "open" for row in csv.DictReader(file, delimiter=";")}
elif source == "olist":
    scores = [float(row["review_score"]) for row in rows("olist_order_reviews_dataset.csv")]
else:
    raise SystemExit("no source " + source)

print(json.dumps({
    "deals": deals,
    "tickets": tickets if source != "zoho" else Counter(tickets.values()),
    "scores": sorted(scores),
}))
