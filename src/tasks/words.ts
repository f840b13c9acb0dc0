/** @file Words that all families share, so that a small model meets each of them often: things, columns, folders, hosts. */

/** Singular; the plural is `plural(thing)`. */
export const THINGS = [
  'user',
  'order',
  'product',
  'customer',
  'invoice',
  'article',
  'ticket',
  'book',
  'message',
  'device',
  'member',
  'room',
  'song',
  'course',
  'player',
  'photo',
  'event',
  'team',
  'recipe',
  'report',
] as const;

export const plural = (thing: string): string => `${thing}s`;

export const COLUMNS = [
  'name',
  'email',
  'city',
  'status',
  'title',
  'code',
  'owner',
  'color',
] as const;

export const FOLDERS = [
  '/srv/docs',
  '/srv/files',
  '/var/reports',
  '/data/notes',
  '/srv/images',
  '/data/exports',
  '/var/uploads',
  '/srv/themes',
  '/data/mail',
  '/srv/pages',
  '/var/drafts',
  '/data/music',
] as const;

export const HOSTS = [
  'api.example.com',
  'cdn.example.com',
  'img.example.com',
  'files.example.org',
  'maps.example.org',
  'news.example.net',
  'media.example.net',
  'feeds.example.com',
] as const;

/** Words for things a request carries. */
export const FIELDS = [
  'name',
  'title',
  'city',
  'comment',
  'query',
  'topic',
  'label',
  'author',
] as const;
