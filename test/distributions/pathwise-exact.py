# Makes pathwise-exact.json: D(x, a, T) = -(dF/da) / (f (1 - x)) of Beta(a, T - a), to 20 digits, by mpmath.
#
# Independent of the project's series: dF/da is a central difference (step 1e-45 a, at 150 digits, so good to about
# 40) of mpmath's incomplete beta function, on the tail that is smaller; every tenth point is also checked against
# quadrature of the integral of (ln t - psi(a) + psi(T)) f(t). Rows are [x, 1 - x, a, T, D]; the smaller of x and
# 1 - x is exact, and b is T - a exactly.
# Run: python3 pathwise-exact.py > pathwise-exact.json   (mpmath 1.3 or newer; seconds)
import json, random, sys
from mpmath import mp, mpf, betainc, beta, log, psi, quad, exp

def tail(x, y, a, b, lower):
    return (betainc(a, b, 0, x) if lower else betainc(b, a, 0, y)) / beta(a, b)

def exact(x, y, a, b):
    mp.dps = 150
    lower = x < a / (a + b)
    h = a * mpf(10) ** -45
    change = (tail(x, y, a + h, b, lower) - tail(x, y, a - h, b, lower)) / (2 * h)
    density = x ** (a - 1) * y ** (b - 1) / beta(a, b)
    return (-change if lower else change) / density / y

def by_quadrature(x, y, a, b):
    mp.dps = 40
    shift = psi(0, a + b) - psi(0, a)
    # the lower tail with t = x e^(-s/a), the upper with 1 - t = y e^(-s/b); density ratios only, so nothing underflows
    if x < a / (a + b):
        f = lambda s: (log(x) - s / a + shift) * exp(-s) * ((1 - x * exp(-s / a)) / y) ** (b - 1)
        return -quad(f, [0, 1e-3, 1e-2, .1, 1, 3, 10, 30, 100, 300]) * x / (a * y)
    f = lambda s: (log(1 - y * exp(-s / b)) + shift) * exp(-s) * ((1 - y * exp(-s / b)) / x) ** (a - 1)
    return quad(f, [0, 1e-3, 1e-2, .1, 1, 3, 10, 30, 100, 300]) * y / (b * y)

def points(random, count):
    for a in 1e-3, 1., 1e3:
        for b in 1e-3, 1., 1e3:
            for x in 1e-300, 1e-12, .01, .3, .5: yield x, None, a, a + b
            for y in .25, .05, 1e-3, 1e-6, 2 ** -53: yield None, y, a, a + b
    spread = lambda low, high: 10 ** random.uniform(low, high)
    while count > 0:
        a, b = spread(-3, 3.3), spread(-3, 3.3)
        if random.random() < .4: a, b = spread(-.7, .5), spread(-.3, 1)
        kind = random.randrange(5)
        if kind == 0: x, y = random.betavariate(a, b), None
        elif kind == 1: x, y = spread(-300, -2), None
        elif kind == 2: x, y = None, spread(-16, -2)
        elif kind == 3: x, y = None, spread(-300, -2)
        else:
            deviation = (a * b / (a + b + 1)) ** .5 / (a + b)
            x, y = a / (a + b) + random.uniform(-6, 6) * deviation, None
        if random.random() < .1: x, y = random.random(), None
        if x is not None and not 1e-300 < x < 1 - 1e-15: continue
        if x is not None and x > .5: x, y = None, 1 - x
        count -= 1
        yield x, y, a, a + b

rows, worst = [], mpf(0)
for index, (x, y, a, total) in enumerate(points(random.Random(20211), int(sys.argv[1]) if len(sys.argv) > 1 else 310)):
    mp.dps = 150
    if x is not None: X = mpf(x); Y = 1 - X
    else: Y = mpf(y); X = 1 - Y
    A = mpf(a); B = mpf(total) - A
    D = exact(X, Y, A, B)
    if index % 10 == 0:
        error = abs(by_quadrature(X, Y, A, B) / D - 1)
        mp.dps = 150
        worst = max(worst, error)
        if error > 1e-12: print('quadrature disagrees by', mp.nstr(error, 3), float(X), float(Y), a, total, file=sys.stderr)
    rows.append([float(X), float(Y), a, total, float(D)])
print('worst disagreement with quadrature', mp.nstr(worst, 3), file=sys.stderr)
note = 'exact D of Beta(a, T - a), rows [x, 1 - x, a, T, D]; made by pathwise-exact.py with mpmath 1.4.1, seed 20211'
print(json.dumps({'note': note, 'rows': rows}).replace('], [', '],\n['))
