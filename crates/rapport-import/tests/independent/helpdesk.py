"""What the help-desk log says, computed without the importer."""
import csv, datetime, json, os, sys
from collections import Counter, defaultdict

rows = csv.reader(open(os.path.join(sys.argv[1], "helpdesk.csv"), newline="", encoding="utf-8"))
header = next(rows)
case, activity, stamp, customer = (header.index(name) for name in ("Case ID", "Activity", "Complete Timestamp", "customer"))
stages = Counter()
histories = defaultdict(list)
seen = set()
resolved = 0
for row in rows:
    at = datetime.datetime.strptime(row[stamp], "%Y/%m/%d %H:%M:%S.%f").replace(tzinfo=datetime.timezone.utc)
    at = int(at.timestamp())
    stages[row[activity]] += 1
    names = [] if row[case] in seen else ["ticket.opened"]
    seen.add(row[case])
    names.append("ticket.stage_changed")
    if row[activity] in ("Resolve ticket", "RESOLVED"):
        resolved += 1
        names.append("ticket.resolved")
    histories[row[customer]] += [(at, "%d %s" % (at, name)) for name in names]
ordered = {name: [text for _, text in sorted(entries, key=lambda entry: entry[0])] for name, entries in histories.items()}
print(json.dumps({"stages": stages, "resolved": resolved, "histories": ordered}))
