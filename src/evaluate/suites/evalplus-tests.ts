/**
 * @file The tests of HumanEval+ (EvalPlus, Liu et al. 2023) in both forms it is published in. EvalPlus's own file has inputs; outputs
 * of the candidate and of the canonical solution are compared as EvalPlus does: equal, or close where the expected ones are floats
 * (1e-6 unless the row gives a tolerance). find_zero has no one right answer: there the polynomial must vanish.
 */

interface Inputs {
  readonly prompt: string;
  readonly entry_point: string;
  readonly solution: string;
  readonly base_input?: readonly unknown[] | undefined;
  readonly plus_input?: readonly unknown[] | undefined;
  readonly atol?: number | undefined;
}

export function differentialTest(row: Inputs): string {
  const inputs = JSON.stringify([...(row.base_input ?? []), ...(row.plus_input ?? [])]);
  return `
import copy as _copy, json as _json, math as _math
_reference = {}
exec(${JSON.stringify(row.prompt + row.solution)}, _reference)
def _floats(x):
    return isinstance(x, float) or (isinstance(x, (list, tuple)) and len(x) > 0 and all(isinstance(y, float) for y in x))
def _close(a, b, tolerance):
    if isinstance(b, (list, tuple)):
        return type(a) == type(b) and len(a) == len(b) and all(_close(x, y, tolerance) for x, y in zip(a, b))
    try:
        return a == b or (a != a and b != b) or abs(a - b) <= tolerance + 1e-7 * abs(b)
    except (TypeError, OverflowError):
        return False
def _same(a, b):
    tolerance = ${row.atol ?? 0} or (1e-6 if _floats(b) else 0)
    return a == b or (tolerance != 0 and _close(a, b, tolerance))
for _arguments in _json.loads(${JSON.stringify(inputs)}):
    _got = ${row.entry_point}(*_copy.deepcopy(_arguments))
    if ${JSON.stringify(row.entry_point)} == 'find_zero':
        _value = sum(c * _math.pow(_got, i) for i, c in enumerate(_arguments[0]))
        assert abs(_value) <= ${row.atol || 1e-4}, f"{_arguments!r}: {_got!r} is no zero"
        continue
    _expected = _reference[${JSON.stringify(row.entry_point)}](*_copy.deepcopy(_arguments))
    assert _same(_got, _expected), f"{_arguments!r}: {_got!r}, expected {_expected!r}"
`;
}

/** What the tests on Hugging Face take from NumPy. */
const NUMPY_PARTS = new Set(['ndarray', 'float64', 'float32', 'testing.assert_allclose']);

const STAND_IN = `try:
    import numpy as np
except ImportError:
    class np:
        class ndarray: pass
        float64 = float32 = None
        class testing:
            def assert_allclose(actual, desired, rtol=1e-7, atol=0):
                def close(a, b):
                    if isinstance(b, (list, tuple)):
                        return isinstance(a, (list, tuple)) and len(a) == len(b) and all(map(close, a, b))
                    return a == b or (a != a and b != b) or abs(a - b) <= atol + rtol * abs(b)
                assert close(actual, desired), '%r is not close to %r' % (actual, desired)`;

/** The test with a stand-in for NumPy where it is not installed; unchanged where it needs more than that. */
export function withoutNumpy(test: string): string {
  const uses = [...test.matchAll(/\bnp\.(testing\.\w+|\w+)/g)].map((match) => match[1]!);
  return uses.every((use) => NUMPY_PARTS.has(use))
    ? test.replace(/^import numpy as np[ \t]*$/m, STAND_IN)
    : test;
}
