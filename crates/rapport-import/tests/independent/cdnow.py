"""What the CDNOW sample says, computed without the importer."""
import datetime, json, os, sys
from collections import Counter, defaultdict

total = 0
units = Counter()
histories = defaultdict(list)
for line in open(os.path.join(sys.argv[1], "CDNOW_sample.txt")):
    master, _, day, count, dollars = line.split()
    at = int(datetime.datetime.strptime(day, "%Y%m%d").replace(tzinfo=datetime.timezone.utc).timestamp())
    total += int(dollars.replace(".", ""))
    units[master] += int(count)
    histories[master].append(at)
texts = {customer: ["%d order.placed" % at for at in sorted(entries)] for customer, entries in histories.items()}
print(json.dumps({"total": total, "units": units, "histories": texts}))
