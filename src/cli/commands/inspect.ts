/** @file `vul2safe inspect`: what a build made of its records, or the whole story of one of them. */
import type { Command } from 'commander';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { describeBuild } from '../../vul2safe/build/describe-build.ts';
import { describeStory } from '../../vul2safe/build/describe-story.ts';
import { readBuildStats, readStories, readStory } from '../../vul2safe/build/read-build.ts';
import { createIo } from '../io.ts';
import { renderInspectPage } from '../inspect-page.ts';

interface Options {
  readonly id?: string;
  readonly html?: string;
  readonly json?: boolean;
}

/** Stories on a page without --id: some kept, some rejected. */
const STORIES_SHOWN = 12;

export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description('show the funnel of a build, or the story of one record')
    .argument('<path>', 'folder of a build')
    .option('--id <id>', 'id of a record or pair: every verdict, gate and span of it')
    .option('--html <file>', 'write a page to look at')
    .option('--json', 'print as JSON')
    .action(async (path: string, options: Options) => {
      const io = createIo(options);
      const stats = await readBuildStats(path);
      const story = options.id === undefined ? undefined : await readStory(path, options.id);
      for (const line of story === undefined ? describeBuild(stats) : describeStory(story))
        io.say(line);
      io.json(story ?? stats);
      if (options.html === undefined) return;
      const stories = story === undefined ? await readStories(path, STORIES_SHOWN) : [story];
      writeFileAtomic(options.html, renderInspectPage(path, stats, stories));
      io.say(`page: ${options.html}`);
    });
}
