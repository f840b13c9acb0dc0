/**
 * @file The program that stands between bubblewrap and the generated code, inside the sandbox: it starts the code in a
 * child with hard limits, watches time, process count and total memory every 20 ms, and reports on file
 * descriptor 3. It is Python with nothing imported but built-in modules, because start-up is most of what a test costs.
 * It is process 1 of its pid namespace: nothing inside can signal it, it reaps what the program leaves behind, and when
 * it ends, for whatever reason, the kernel kills everything the program started.
 *
 * What it does not do: keep a program that knows this file from forging its own verdict. A Python test runs in the
 * program's own process, so a hostile program could write "passed" itself; evaluation raises an alarm on programs that
 * reach for frames, descriptors or _exit. Containment does not depend on it: namespaces, seccomp and the outer wall limit do.
 */

/** Fields of a report are separated by US (0x1f), reports by LF. */
export const REPORT_SEPARATOR = '\x1f';

/** Descriptor the reports come on. */
export const REPORT_DESCRIPTOR = 3;

export const SUPERVISOR = `
import os, sys, resource
import _signal as signal  # the plain module would import enum, which costs more than all the rest
from time import monotonic
job = eval(sys.stdin.buffer.read().decode('utf-8'), {'true': True, 'false': False, 'null': None, '__builtins__': {}})
os.set_inheritable(3, False)
MB = 1048576
# Time is processor time, so that the verdict does not depend on the machine's load; sleepers meet the wall at three times that.
cpu_seconds = -(-job['wallMs'] // 1000)
wall_seconds = 3 * job['wallMs'] / 1000

# Without ctypes' own module, which would cost milliseconds: a process that is not dumpable cannot be traced, nor its
# memory and descriptors opened through /proc by a program of the same user.
try:
    import _ctypes
    prctl = _ctypes.dlsym(_ctypes.dlopen(None, 0), 'prctl')
    def dumpable(yes):
        _ctypes.call_function(prctl, (4, yes, 0, 0, 0))
except (ImportError, AttributeError, OSError):
    def dumpable(yes):
        pass
dumpable(0)

def clean(text):
    text = text.encode('utf-8', 'replace').decode('utf-8', 'replace')
    return ''.join(c if c >= ' ' else ' ' for c in text)[:600]

def report(*fields):
    os.write(3, (chr(31).join(clean(str(f)) for f in fields) + chr(10)).encode())

def put(path, text):
    path = os.path.join('/tmp', path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8', errors='surrogatepass', newline='') as f:
        f.write(text)

for path, text in job['files'].items():
    put(path, text)

def limit():
    def cap(what, value):
        resource.setrlimit(what, (value, value))
    cap(resource.RLIMIT_CORE, 0)
    cap(resource.RLIMIT_NOFILE, 128)
    cap(resource.RLIMIT_FSIZE, job['fileMb'] * MB)
    cap(resource.RLIMIT_NPROC, job['processes'] + 16)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    if job['addressSpaceMb']:
        cap(resource.RLIMIT_AS, job['addressSpaceMb'] * MB)

def enter():
    dumpable(1)
    os.close(3)
    null = os.open('/dev/null', os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(1, 2)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.chdir('/tmp')
    os.environ.clear()
    os.environ.update(job['environment'])
    limit()

def over():
    total = count = 0
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                with open('/proc/' + name + '/status') as f:
                    text = f.read()
            except OSError:
                continue
            count += 1
            for key in ('RssAnon:', 'RssShmem:'):
                at = text.find(key)
                if at >= 0:
                    total += int(text[at + len(key):text.index('kB', at)])
    if count > job['processes'] + 2:
        return 'processes'
    if total > (job['memoryMb'] + 16) * 1024:
        return 'memory'
    return None

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})

def watch(pid):
    # Counted in slices this watcher was awake for: a machine that stood still, or gave it no turn, is not the program's fault.
    waited = 0.0
    before = monotonic()
    # The first look at all processes comes after 20 ms: most programs are done by then.
    started = False
    while True:
        while True:
            try:
                done, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return 0, None
            if done == pid:
                # The kernel's count of a process and its limit may differ by more than a tick on a busy machine.
                if os.WIFSIGNALED(status):
                    used = usage[0] + usage[1]
                    number = os.WTERMSIG(status)
                    if number == signal.SIGXCPU or (number == signal.SIGKILL and used >= cpu_seconds - 0.1):
                        return None, 'time'
                return status, None
            if not done:
                break
        now = monotonic()
        waited += min(now - before, 0.1)
        before = now
        stopped = (started and over()) or ('time' if waited > wall_seconds else None)
        started = True
        if stopped:
            return None, stopped
        signal.sigtimedwait({signal.SIGCHLD}, 0.02)

def python(program, test, read_end, write_end):
    import builtins
    os.close(read_end)
    enter()
    def tell(kind, text=''):
        os.write(write_end, (kind + clean(text) + chr(10)).encode())
    def kind_of(error):
        if isinstance(error, MemoryError):
            return 'M'
        number = getattr(error, 'errno', None)
        if isinstance(error, OSError) and number in (27, 28):
            return 'O'
        if (isinstance(error, OSError) and number == 11) or (isinstance(error, RuntimeError) and "can't start new thread" in str(error)):
            return 'P'
        return 'X'
    def describe(error):
        name = type(error).__name__
        if isinstance(error, SystemExit):
            return 'the program ended itself by exit(%r)' % (error.code,)
        try:
            text = str(error)
        except BaseException:
            text = ''
        return (name + ': ' + text if text else name) + place(error, text)
    def place(error, text):
        # Where it happened: the test's own line where a bare assert says nothing, or the line of the program.
        where = number = None
        step = error.__traceback__
        while step is not None:
            file = step.tb_frame.f_code.co_filename
            if file in ('<test>', '/tmp/program.py'):
                where, number = file, step.tb_lineno
            step = step.tb_next
        if where == '<test>' and not text:
            return ': ' + test.split(chr(10))[number - 1].strip()[:300]
        if where == '/tmp/program.py' and phase == 'T':
            return ' (line %d of the program)' % number
        return ''
    if job['importPath']:
        # What Python's own start would have found, without its search.
        sys.path[:] = job['importPath']
    builtins.exit = builtins.quit = sys.exit
    sys.path.insert(0, '/tmp')
    sys.argv = ['/tmp/program.py']
    put('program.py', program)
    module = type(sys)('program')
    module.__file__ = '/tmp/program.py'
    sys.modules['program'] = sys.modules['__main__'] = module
    phase = 'L'
    try:
        exec(compile(program, '/tmp/program.py', 'exec'), module.__dict__)
        tell('R')
        phase = 'T'
        module.__name__ = '__main__'
        exec(compile(test, '<test>', 'exec'), module.__dict__)
        tell('K')
    except BaseException as error:
        try:
            tell(phase + kind_of(error), describe(error))
        except BaseException:
            os._exit(70)
    os._exit(0)

def run_python():
    read_end, write_end = os.pipe()
    high = os.dup2(write_end, 100)
    os.close(write_end)
    pid = os.fork()
    if pid == 0:
        python(job['program'], job['test'], read_end, high)
    os.close(high)
    status, stopped = watch(pid)
    os.set_blocking(read_end, False)
    try:
        told = os.read(read_end, 4096).decode('utf-8', 'replace').split(chr(10))[:-1]
    except BlockingIOError:
        told = []
    loaded = 'R' in told
    phase = 'test' if loaded else 'load'
    last = told[-1] if told else ''
    if stopped:
        report('stopped', phase, stopped)
    elif last == 'K':
        report('passed', phase, '')
    elif last[:1] in ('L', 'T') and len(last) > 1:
        named = {'M': 'memory', 'O': 'output', 'P': 'processes'}.get(last[1])
        report('stopped' if named else 'failed', phase, named or last[2:])
    elif os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGXFSZ:
            report('stopped', phase, 'output')
        else:
            report('failed', phase, 'the process was ended by signal %d' % number)
    else:
        report('failed', phase, 'the program ended the process before the test was done')

def run_commands():
    for index, command in enumerate(job['commands']):
        pid = os.fork()
        if pid == 0:
            try:
                enter()
                os.execvpe(command[0], command, job['environment'])
            except BaseException as error:
                os.write(2, str(error).encode())
            os._exit(127)
        status, stopped = watch(pid)
        if stopped:
            return report('stopped', index, stopped)
        if os.WIFSIGNALED(status):
            return report('signal', index, os.WTERMSIG(status))
        if os.WEXITSTATUS(status) != 0:
            return report('exit', index, os.WEXITSTATUS(status))
    report('exit', len(job['commands']) - 1, 0)

report('ready')
if job['commands']:
    run_commands()
else:
    run_python()
os._exit(0)
`;
