"""Holds the answer of `rapport paths` about a help desk against pm4py, which reads the raw file itself.

    paths.py ANSWER.json helpdesk.csv

Prints how many variants, moves and times agree.
"""

import collections
import json
import pathlib
import sys

import pandas
import pm4py

# A median or a mean in whole microseconds: half of one may be cut.
SECONDS_APART_MAX = 1.5e-6


def main(answer, path):
    log = pm4py.format_dataframe(
        pandas.read_csv(path), case_id="Case ID", activity_key="Activity", timestamp_key="Complete Timestamp",
        timest_format="%Y/%m/%d %H:%M:%S.%f",
    )
    differences = []

    def hold(what, said, mined, apart_max=0):
        if said is None or abs(said - mined) > apart_max:
            differences.append(f"{what}: {said}, by pm4py {mined}")

    variants = {tuple(steps): count for steps, count in pm4py.get_variants(log).items()}
    lengths = collections.defaultdict(list)
    for _, case in log.groupby("case:concept:name", sort=False):
        begun, *_, ended = [*case["time:timestamp"], case["time:timestamp"].iloc[-1]]
        lengths[tuple(case["concept:name"])].append((ended - begun).total_seconds())
    total = answer["total"]
    hold("cases", int(total["cases"]["count"]), len(pm4py.get_all_case_durations(log)))
    hold("variants", int(total["variants"]), len(variants))
    solved = pm4py.filter_event_attribute_values(log, "concept:name", ["Resolve ticket", "RESOLVED"], level="case")
    ended = pm4py.get_all_case_durations(solved)
    hold("cases that ended", int(total["closed"]["count"]), len(ended))
    hold("median of these", seconds(total["median"]), median(ended), SECONDS_APART_MAX)
    said = {tuple(row["steps"]): row for row in answer["rows"]}
    for steps, row in said.items():
        hold(f"cases of {steps}", int(row["cases"]["count"]), variants.get(steps, 0))
        hold(f"median of {steps}", seconds(row["median"]), median(lengths[steps]), SECONDS_APART_MAX)

    follows, first, last = pm4py.discover_dfg(log)
    times, _, _ = pm4py.discover_performance_dfg(log)
    moves = {(move["from"], move["to"]): move for move in answer["moves"]}
    hold("moves", len(moves), len(follows))
    for pair, count in follows.items():
        move = moves.get(pair, {"times": -1})
        hold(f"times of {pair}", int(move["times"]), count)
        hold(f"mean time of {pair}", seconds(move.get("mean")), times[pair]["mean"], SECONDS_APART_MAX)
        hold(f"median time of {pair}", seconds(move.get("median")), times[pair]["median"], SECONDS_APART_MAX)
    for step in answer["steps"]:
        hold(f"cases that begin with {step['step']}", int(step["first"]), first.get(step["step"], 0))
    if differences:
        sys.exit("\n".join([*differences[:20], f"{len(differences)} differences"]))
    json.dump({"variants": len(said), "cases": sum(variants[steps] for steps in said), "moves": len(moves)}, sys.stdout)


def median(lengths):
    return float(pandas.Series(lengths).median())


def seconds(duration):
    return None if duration is None else float(duration.removesuffix("s"))


if __name__ == "__main__":
    main(json.loads(pathlib.Path(sys.argv[1]).read_text()), sys.argv[2])
