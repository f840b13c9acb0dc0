/** @file The tasks a configuration asks for: a JSONL file, or the embedded ones of a split. */
import { decodeTask, type Task } from '../../data/task.ts';
import { readAllJsonLines } from '../../data/jsonl.ts';
import { inputError } from '../../kernel/errors.ts';
import { FAMILIES } from '../../tasks/families/index.ts';
import type { Family } from '../../tasks/family.ts';
import { taskSet } from '../../tasks/sets.ts';
import type { TaskChoice } from '../training-config.ts';

export async function chooseTasks(choice: TaskChoice): Promise<Task[]> {
  if (choice.file !== undefined) {
    const tasks = await readAllJsonLines(choice.file, decodeTask);
    if (tasks.length === 0)
      throw inputError(`${choice.file} holds no task`, 'give a JSONL file with one Task per line');
    return tasks.slice(0, choice.count);
  }
  return taskSet(choice.split, choice.seed, choice.count, {
    ...(choice.weakSpots === undefined ? {} : { weakSpots: choice.weakSpots }),
    ...(choice.neutralVariety === undefined ? {} : { neutralVariety: choice.neutralVariety }),
    ...(choice.language === undefined ? {} : { language: choice.language }),
    ...(choice.families === undefined ? {} : { families: choice.families.map(familyNamed) }),
  }).map(({ task }) => task);
}

function familyNamed(id: string): Family {
  const family = FAMILIES.find((known) => known.id === id);
  if (!family)
    throw inputError(
      `there is no family "${id}"`,
      `known ones: ${FAMILIES.map((known) => known.id).join(', ')}`,
    );
  return family;
}
