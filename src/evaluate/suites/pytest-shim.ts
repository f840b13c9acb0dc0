/**
 * @file Just enough of pytest, as one Python module of ours that stands in its place inside the sandbox: parametrize, param, marks,
 * raises, fixtures (tmp_path, monkeypatch's setenv/chdir, module-level ones, also with yield), skip. CWEval's tests need no more,
 * machines need not have pytest, and results come back as data. Not here: plugins, classes, scopes wider than one test.
 */

/** Upstream gives a test 3 s on a machine of its own; more here, where programs share one. */
const TEST_SECONDS = 10;

/** Written as pytest.py beside the tests. */
export const PYTEST_SHIM = `
import re, functools, inspect, os, shutil, signal, tempfile

class Skipped(BaseException): pass
class _Failed(AssertionError): pass
class _TooLong(BaseException): pass

def _too_long(number, frame):
    raise _TooLong('longer than ${TEST_SECONDS} s')

class _Parameters:
    def __init__(self, values, marks, id):
        self.values, self.marks, self.id = values, marks, id

class _Mark:
    def __init__(self, name, args=()):
        self.name, self.args = name, args
    def __call__(self, *args, **kwargs):
        if len(args) == 1 and not kwargs and inspect.isfunction(args[0]):
            args[0].__dict__.setdefault('_marks', []).append(self)
            return args[0]
        return _Mark(self.name, args)

class _Marks:
    def parametrize(self, names, values, ids=None, **kwargs):
        if isinstance(names, str):
            names = [name.strip() for name in names.split(',') if name.strip()]
        def apply(function):
            function.__dict__.setdefault('_parameters', []).append((list(names), list(values)))
            return function
        return apply
    def __getattr__(self, name):
        return _Mark(name)

mark = _Marks()

def param(*values, marks=(), id=None):
    return _Parameters(values, list(marks) if isinstance(marks, (list, tuple)) else [marks], id)

class raises:
    def __init__(self, expected, match=None):
        self.expected, self.match, self.value = expected, match, None
    def __enter__(self):
        return self
    def __exit__(self, kind, value, trace):
        if kind is None:
            raise _Failed('did not raise %r' % (self.expected,))
        if not issubclass(kind, self.expected):
            return False
        self.value = value
        if self.match is not None and not re.search(self.match, str(value)):
            raise _Failed('%r does not match %r' % (str(value), self.match))
        return True

def fixture(function=None, **options):
    if function is None:
        return lambda inner: fixture(inner, **options)
    function._fixture = True
    function._autouse = options.get('autouse', False)
    return function

def skip(reason=''):
    raise Skipped(reason)

def fail(reason=''):
    raise _Failed(reason)

def approx(expected, rel=None, abs=None):
    class Near:
        def __eq__(self, other):
            return __import__('math').isclose(other, expected, rel_tol=rel or 1e-6, abs_tol=abs or 1e-12)
    return Near()

class _MonkeyPatch:
    def setenv(self, name, value): os.environ[name] = value
    def chdir(self, path): os.chdir(path)
    def setattr(self, target, name, value): setattr(target, name, value)

def _cases(function):
    cases = [({}, [m.name for m in function.__dict__.get('_marks', [])])]
    for names, values in function.__dict__.get('_parameters', []):
        grown = []
        for given, marks in cases:
            for value in values:
                more = list(marks)
                if isinstance(value, _Parameters):
                    more += [m.name for m in value.marks]
                    value = value.values if len(names) > 1 else value.values[0]
                bound = dict(zip(names, value)) if len(names) > 1 else {names[0]: value}
                grown.append(({**given, **bound}, more))
        cases = grown
    return cases

def _resolve(name, module, given, made, finishers):
    if name in given: return given[name]
    if name in made: return made[name]
    if name == 'tmp_path':
        import pathlib
        made[name] = pathlib.Path(tempfile.mkdtemp())
    elif name == 'monkeypatch':
        made[name] = _MonkeyPatch()
    else:
        maker = getattr(module, name)
        result = maker(**{p: _resolve(p, module, given, made, finishers) for p in inspect.signature(maker).parameters})
        if inspect.isgenerator(result):
            finishers.append(result)
            result = next(result)
        made[name] = result
    return made[name]

def run_module(module, skip_names):
    results = []
    for name, function in list(vars(module).items()):
        if not name.startswith('test') or not inspect.isfunction(function) or re.search(skip_names, name):
            continue
        for number, (given, marks) in enumerate(_cases(function)):
            made, finishers = {}, []
            signal.signal(signal.SIGALRM, _too_long)
            try:
                signal.setitimer(signal.ITIMER_REAL, ${TEST_SECONDS})
                for other in list(vars(module).values()):
                    if getattr(other, '_autouse', False):
                        _resolve(other.__name__, module, given, made, finishers)
                arguments = {p: _resolve(p, module, given, made, finishers) for p in inspect.signature(function).parameters}
                function(**arguments)
                verdict, detail = 'passed', ''
            except Skipped as reason:
                verdict, detail = 'skipped', str(reason)
            except (SystemExit, KeyboardInterrupt, _TooLong, Exception) as error:
                verdict, detail = 'failed', type(error).__name__ + ': ' + str(error)
                for part in (getattr(error, 'stderr', None), getattr(error, 'stdout', None)):
                    if part: detail += ' | ' + (part if isinstance(part, str) else part.decode('utf-8', 'replace'))
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            for generator in finishers:
                try: next(generator, None)
                except Exception: pass
            if isinstance(made.get('tmp_path'), os.PathLike):
                shutil.rmtree(made['tmp_path'], ignore_errors=True)
            results.append({'name': '%s[%d]' % (name, number), 'marks': marks, 'verdict': verdict, 'detail': detail[:600]})
    return results
`;

/** Written as wrapt_timeout_decorator.py: the one decorator that CWEval's tests take from that package, by the same signal. */
export const TIMEOUT_SHIM = `
import functools, signal, time
__all__ = ['timeout']

def timeout(dec_timeout=None, **options):
    def decorate(function):
        @functools.wraps(function)
        def limited(*args, **kwargs):
            def late(number, frame):
                raise TimeoutError('Function %s timed out after %s seconds' % (function.__name__, dec_timeout))
            before = signal.signal(signal.SIGALRM, late)
            started = time.monotonic()
            left, _ = signal.setitimer(signal.ITIMER_REAL, dec_timeout)
            try:
                return function(*args, **kwargs)
            finally:
                signal.signal(signal.SIGALRM, before)
                signal.setitimer(signal.ITIMER_REAL, max(0.01, left - (time.monotonic() - started)) if left else 0)
        return limited
    return decorate
`;

/** The command that runs one test module and prints its results behind a marker no program can know beforehand. */
export const runnerScript = (module: string, skipNames: string, marker: string): string => `
import sys, json, os
sys.path.insert(0, '/tmp')
import pytest
try:
    module = __import__(${JSON.stringify(module)})
    results = pytest.run_module(module, ${JSON.stringify(skipNames)})
except BaseException as error:
    results = [{'name': 'import', 'marks': ['functionality'], 'verdict': 'failed', 'detail': 'import: ' + type(error).__name__ + ': ' + str(error)[:600]}]
os.write(1, ('\\n' + ${JSON.stringify(marker)} + json.dumps(results) + '\\n').encode())
os._exit(0)
`;
