/** @file Everything a build without a model needs, wired: code tools, workbench, offline teacher. Also what a build with one shares. */
import type { Language } from '../../data/vulnerable-function.ts';
import type { Teacher } from '../../teacher/teacher.ts';
import { loadCodeTools } from '../gates/code-tools.ts';
import { createWorkbench, type Workbench } from '../gates/workbench.ts';
import { composePrompts } from '../prompts/compose.ts';
import { createOfflineTeacher } from '../reflect/offline/offline-teacher.ts';
import { createRewriter } from '../reflect/offline/rewrite/rewriter.ts';
import type { ReflectionTools } from '../reflect/reflection-tools.ts';
import { createReflectionTools } from '../reflect/tools.ts';

export interface BuildKit {
  readonly workbench: Workbench;
  readonly tools: ReflectionTools;
  readonly offlineTeacher: Teacher;
}

/** Loads grammars and rules once; name the languages when they are known, to start faster. */
export async function createBuildKit(languages?: readonly Language[]): Promise<BuildKit> {
  const workbench = createWorkbench(await loadCodeTools(languages));
  return {
    workbench,
    tools: createReflectionTools(workbench),
    offlineTeacher: createOfflineTeacher({
      workbench,
      rewriter: createRewriter(),
      composePrompts,
    }),
  };
}
