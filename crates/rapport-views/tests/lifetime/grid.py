"""Prints grid.txt: the formulas of the papers as they stand there, in fifty digits, with mpmath's hypergeometric function.

    python3 -m venv DIR && DIR/bin/pip install mpmath && DIR/bin/python grid.py > grid.txt
"""

from mpmath import beta, gamma, hyp2f1, log, mp, mpf

mp.dps = 50


def bg_nbd(r, alpha, a, b, x, last, until, ahead):
    """Fader, Hardie, Lee 2005: likelihood (6), P(alive), E[Y(t)] (10)."""
    odds = a / (b + x - 1) * ((alpha + until) / (alpha + last)) ** (r + x) if x > 0 else mpf(0)
    likelihood = beta(a, b + x) / beta(a, b) * gamma(r + x) * alpha**r / gamma(r) / (alpha + until) ** (r + x)
    if x > 0:
        likelihood += beta(a + 1, b + x - 1) / beta(a, b) * gamma(r + x) * alpha**r / gamma(r) / (alpha + last) ** (r + x)
    whole = alpha + until + ahead
    expected = (a + b + x - 1) / (a - 1)
    expected *= 1 - ((alpha + until) / whole) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, ahead / whole)
    return log(likelihood), 1 / (1 + odds), expected / (1 + odds)


def pareto_nbd(r, alpha, s, beta_, x, last, until, ahead):
    """Fader, Hardie 2005 (note 9): likelihood with A0, P(alive), E[Y(t)]."""
    n = r + s + x
    larger, other = max(alpha, beta_), (s + 1 if alpha >= beta_ else r + x)

    def part(t):
        return hyp2f1(n, other, n + 1, abs(alpha - beta_) / (larger + t)) / (larger + t) ** n

    there = (alpha + until) ** -(r + x) * (beta_ + until) ** -s
    left = s / n * (part(last) - part(until))
    factor = gamma(r + x) * alpha**r * beta_**s / gamma(r)
    alive = there / (there + left)
    expected = alive * (r + x) * (beta_ + until) / ((alpha + until) * (s - 1))
    expected *= 1 - ((beta_ + until) / (beta_ + until + ahead)) ** (s - 1)
    return log(factor * (there + left)), alive, expected


BG = [
    ("0.243", "4.414", "0.793", "2.426"),
    ("2.5", "40", "1.7", "9"),
    ("0.05", "0.3", "0.2", "0.6"),
    ("12", "300", "3.5", "4000"),
    ("0.9", "7", "0.9999999", "30"),
]
PARETO = [
    ("0.55315", "10.57633", "0.60625", "11.67150"),
    ("3", "60", "0.4", "2"),
    ("0.1", "0.5", "2.5", "90"),
    ("20", "8", "0.05", "0.01"),
    ("1.5", "12", "0.9999999", "12"),
]
OBSERVED = [
    ("0", "0", "0.1428571428571428"),
    ("0", "0", "38.857142857142857"),
    ("0", "0", "900"),
    ("1", "0.1428571428571428", "39"),
    ("2", "30.43", "38.86"),
    ("26", "30.86", "31"),
    ("26", "3", "300"),
    ("161", "155", "160"),
    ("204", "100", "104"),
    ("221", "150", "156"),
    ("254", "90", "95"),
    ("254", "300", "1000"),
]
AHEAD = ["0.5", "39", "521"]

for model, all_parameters in [(bg_nbd, BG), (pareto_nbd, PARETO)]:
    for parameters in all_parameters:
        for observed in OBSERVED:
            for ahead in AHEAD:
                numbers = [*parameters, *observed, ahead]
                results = model(*map(mpf, numbers))
                print(model.__name__, *numbers, *(mp.nstr(one, 15) for one in results))
