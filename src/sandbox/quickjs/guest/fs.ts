/** @file Guest module `fs` over the world's map of files: relative paths resolve against /app, `..` really climbs. */
import type { GuestKit, GuestModule } from './kit.ts';

export function makeFsModule(kit: GuestKit): GuestModule {
  const { files } = kit.world;
  const path = kit.modules.path as unknown as { resolve: (...parts: unknown[]) => string };
  const Buffer = kit.modules.buffer?.Buffer as {
    from: (text: string) => { toString: () => string };
  };
  const place = (name: unknown): string => {
    if (typeof name === 'string' && name.includes('\0'))
      throw kit.fail('The argument must be a string without null bytes', 'ERR_INVALID_ARG_VALUE');
    return path.resolve(String(name));
  };
  const missing = (call: string, name: string): Error =>
    kit.fail(`ENOENT: no such file or directory, ${call} '${name}'`, 'ENOENT');
  const encodingOf = (options: unknown): unknown =>
    typeof options === 'string' ? options : (options as { encoding?: string } | null)?.encoding;
  const isFolder = (full: string): boolean => {
    const prefix = full === '/' ? '/' : `${full}/`;
    for (const name of files.keys()) if (name.startsWith(prefix)) return true;
    return false;
  };

  const readFileSync = (name: unknown, options?: unknown): unknown => {
    const full = place(name);
    kit.records.reads.push(full);
    const content = files.get(full);
    if (content === undefined) {
      if (isFolder(full))
        throw kit.fail('EISDIR: illegal operation on a directory, read', 'EISDIR');
      throw missing('open', String(name));
    }
    return encodingOf(options) ? content : Buffer.from(content);
  };
  const write = (name: unknown, content: string): void => {
    const full = place(name);
    kit.records.writes.push({ path: full, content });
    files.set(full, content);
  };
  const writeFileSync = (name: unknown, content: unknown): void => write(name, String(content));
  const appendFileSync = (name: unknown, content: unknown): void =>
    write(name, (files.get(place(name)) ?? '') + String(content));
  const existsSync = (name: unknown): boolean => {
    if (typeof name !== 'string') return false;
    return files.has(place(name)) || isFolder(place(name));
  };
  const unlinkSync = (name: unknown): void => {
    if (!files.delete(place(name))) throw missing('unlink', String(name));
  };
  const readdirSync = (name: unknown): string[] => {
    const full = place(name);
    if (!isFolder(full)) throw missing('scandir', String(name));
    const prefix = full === '/' ? '/' : `${full}/`;
    const found = new Set<string>();
    for (const file of files.keys())
      if (file.startsWith(prefix)) found.add(file.slice(prefix.length).split('/')[0] as string);
    return [...found].sort();
  };
  const statSync = (name: unknown): unknown => {
    const full = place(name);
    const content = files.get(full);
    if (content === undefined && !isFolder(full)) throw missing('stat', String(name));
    return {
      size: content?.length ?? 0,
      isFile: () => content !== undefined,
      isDirectory: () => content === undefined,
    };
  };
  const copyFileSync = (from: unknown, to: unknown): void => {
    const content = files.get(place(from));
    if (content === undefined) throw missing('copyfile', String(from));
    kit.records.reads.push(place(from));
    write(to, content);
  };
  const renameSync = (from: unknown, to: unknown): void => {
    copyFileSync(from, to);
    files.delete(place(from));
  };
  const mkdirSync = (): void => {};

  const sync: Record<string, (...args: unknown[]) => unknown> = {
    readFile: readFileSync,
    writeFile: writeFileSync,
    appendFile: appendFileSync,
    unlink: unlinkSync,
    readdir: readdirSync,
    stat: statSync,
    copyFile: copyFileSync,
    rename: renameSync,
    mkdir: mkdirSync,
  };
  const promises: Record<string, unknown> = {};
  const callbacks: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(sync)) {
    promises[name] = async (...args: unknown[]) => call(...args);
    callbacks[name] = (...args: unknown[]) => {
      const done = args.pop() as (error: unknown, value?: unknown) => void;
      let value: unknown;
      let error: unknown = null;
      try {
        value = call(...args);
      } catch (thrown) {
        error = thrown;
      }
      kit.defer(() => done(error, value));
    };
  }
  promises.access = async (name: unknown) => {
    if (!existsSync(name)) throw missing('access', String(name));
  };
  return {
    ...callbacks,
    readFileSync,
    writeFileSync,
    appendFileSync,
    existsSync,
    unlinkSync,
    rmSync: unlinkSync,
    readdirSync,
    statSync,
    copyFileSync,
    renameSync,
    mkdirSync,
    promises,
  };
}
