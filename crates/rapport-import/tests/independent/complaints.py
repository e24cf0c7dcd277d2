"""What the complaints file says, computed without the importer."""
import csv, datetime, json, os, sys
from collections import Counter, defaultdict

themes = Counter()
texts = []
histories = defaultdict(list)
path = os.path.join(sys.argv[1], "BPI2016_Complaints.csv")
for row in csv.DictReader(open(path, newline="", encoding="cp1252"), delimiter=";"):
    at = int(datetime.datetime.fromisoformat(row["ContactDate"]).replace(tzinfo=datetime.timezone.utc).timestamp())
    themes[row["ComplaintTheme_EN"].strip()] += 1
    texts.append(row["ComplaintTopic"].strip())
    names = ["ticket.opened"] + ["party.fact_recorded"] * (bool(row["AgeCategory"]) + bool(row["Gender"]))
    histories[row["CustomerID"]] += [(at, "%d %s" % (at, name)) for name in names]
ordered = {name: [text for _, text in sorted(entries, key=lambda entry: entry[0])] for name, entries in histories.items()}
print(json.dumps({"themes": themes, "texts": sorted(texts), "histories": ordered}))
