/** @file Guest module `path` (posix only). */
import type { GuestKit, GuestModule } from './kit.ts';

export function makePathModule(_kit: GuestKit): GuestModule {
  const normalize = (path: string): string => {
    if (path === '') return '.';
    const absolute = path.startsWith('/');
    const kept: string[] = [];
    for (const part of path.split('/')) {
      if (part === '' || part === '.') continue;
      if (part !== '..') kept.push(part);
      else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
      else if (!absolute) kept.push('..');
    }
    const body = kept.join('/') + (path.endsWith('/') && kept.length > 0 ? '/' : '');
    return absolute ? `/${body}` : body || '.';
  };
  const check = (part: unknown): string => {
    if (typeof part !== 'string')
      throw new _kit.realm.TypeError(
        `The "path" argument must be of type string. Received ${typeof part}`,
      );
    return part;
  };
  const join = (...parts: unknown[]): string =>
    normalize(
      parts
        .map(check)
        .filter((part) => part !== '')
        .join('/'),
    );
  const resolve = (...parts: unknown[]): string => {
    let path = '';
    for (const part of [...parts].reverse().map(check)) {
      if (part === '') continue;
      path = path === '' ? part : `${part}/${path}`;
      if (part.startsWith('/')) break;
    }
    if (!path.startsWith('/')) path = `/app/${path}`;
    const full = normalize(path);
    return full.length > 1 && full.endsWith('/') ? full.slice(0, -1) : full;
  };
  const basename = (path: unknown, suffix?: string): string => {
    const text = check(path).replace(/\/+$/, '');
    const base = text.slice(text.lastIndexOf('/') + 1);
    return suffix && base !== suffix && base.endsWith(suffix)
      ? base.slice(0, -suffix.length)
      : base;
  };
  const dirname = (path: unknown): string => {
    const text = check(path).replace(/(?<=.)\/+$/, '');
    const at = text.lastIndexOf('/');
    return at < 0 ? '.' : at === 0 ? '/' : text.slice(0, at);
  };
  const extname = (path: unknown): string => {
    const base = basename(path);
    const at = base.lastIndexOf('.');
    return at <= 0 ? '' : base.slice(at);
  };
  const relative = (from: unknown, to: unknown): string => {
    const a = resolve(from).split('/').filter(Boolean);
    const b = resolve(to).split('/').filter(Boolean);
    let same = 0;
    while (same < a.length && same < b.length && a[same] === b[same]) same++;
    return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('/');
  };
  const parse = (path: unknown): Record<string, string> => {
    const base = basename(path);
    const ext = extname(path);
    const text = check(path);
    return {
      root: text.startsWith('/') ? '/' : '',
      dir: dirname(path),
      base,
      ext,
      name: ext ? base.slice(0, -ext.length) : base,
    };
  };
  return {
    sep: '/',
    delimiter: ':',
    normalize: (path: unknown) => normalize(check(path)),
    join,
    resolve,
    basename,
    dirname,
    extname,
    relative,
    parse,
    isAbsolute: (path: unknown) => check(path).startsWith('/'),
    format: (parts: Record<string, string>) =>
      (parts.dir ? `${parts.dir}/` : (parts.root ?? '')) +
      (parts.base ?? `${parts.name ?? ''}${parts.ext ?? ''}`),
  };
}
