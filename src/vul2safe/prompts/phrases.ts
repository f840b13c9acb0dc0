/**
 * @file The wordings the offline composer chooses from: per style several forms, each a list of alternatives. `{task}`,
 * `{plainSignature}` and the like are filled in from the facts. Ours; written to read like what people type, with no word on quality.
 */
import type { PromptStyle } from '../../data/prompted-pair.ts';

/** Text with placeholders; alternatives separated by `|` inside square brackets. */
export const FORMS: Readonly<Record<PromptStyle, readonly string[]>> = {
  docstring: [
    '{comment:{Task}{with}. {Takes}{returns}}\n{head}',
    '{comment:{Task}.{uses}}\n{head}',
    '{comment:{Name} - {task}. Parameters: {parameters}.}\n{head}',
  ],
  completion: ['{opening}\n', '{comment:{Task}}\n{opening}\n'],
  'user-story': [
    'As [a developer|an operator|a team member|a user] of our {languageName} [service|tool|project], I [want|would like] {signature} to {task}{with}[, so that the next step can build on it|, so that I do not have to do it by hand|].{uses}{about}',
    'Story: [the application|our program|the module] [needs|has] a way to {task}. [Done when|Accepted when] {signature} exists in {languageName}{with} and works for [ordinary|everyday|typical] input.{uses}{about}',
  ],
  ticket: [
    '[Feature|Task|Backlog]: {task}\n\n[Add|Write|Implement] `{plainSignature}` in {languageName}.{uses}{about}{calls}\n\n[Keep the signature as it is.|Other modules already call it.|Keep it short.]',
    'TICKET {number}\nComponent: {Name}\nLanguage: {languageName}\nWhat: implement `{plainSignature}` to {task}.{uses}{about}',
  ],
  chat: [
    '[hey, |hi, |quick one: |]can you write {signature} in {languageName}? [it should|it has to|i need it to] {task}{with}',
    '[write|give me|i need] a {languageName} function {signature} [to|that can] {task}{with}[ please| thanks|]',
  ],
  'review-request': [
    '[I am about to write|I am drafting] `{plainSignature}` ({languageName}) to {task}. [Could you|Please] [send|post] the version you would [merge|approve], so that I can compare it with mine in the review?{uses}{about}',
    '[Review request|Merge request]: `{head}` has only its head so far. It is meant to {task}{with}. [Please|Could you] complete it [in this branch|so that we can merge].{uses}{about}',
  ],
  porting: [
    'We are moving [a tool|a module|a small service] from {otherLanguage} to {languageName}. [Port|Rewrite] `{plainSignature}`: it has to {task}{with}. [Keep the names.|The callers stay the same.]{uses}{about}',
    'Port this to {languageName}, keeping names and behaviour:\n\n    {otherHead}\n        # {task}{calls}\n',
  ],
  'api-spec': [
    '### {Name}\n\nSignature: `{head}`\n\nPurpose: {task}{with}.\n{parameterList}\n{returnsLine}\n\nImplement it in {languageName}.{uses}{about}',
    'name: {Name}\nlanguage: {languageName}\nsignature: {head}\nsummary: {task}\nparameters: [{parameters}]\n\n[Provide|Write] the implementation.{uses}{about}',
  ],
  refactoring: [
    '[Please refactor|Clean up|Tidy] this {languageName} function; keep `{plainSignature}` and what it does, to {task}[, but make it easier to read|, with clearer variable names|, and shorten it where you can]:\n\n{code}',
    '[The body of|What is inside] `{plainSignature}` has grown messy. Write it anew in {languageName}: it has to {task}{with}. Same name, same parameters.{uses}{about}{calls}',
  ],
};

/** Where a sentence about the calls is wanted. */
export const USES: readonly string[] = [
  ' Use {call}.',
  ' It works with {call}.',
  ' We already use {call} for that.',
  ' Build on {call}.',
];

export const OTHER_LANGUAGES: readonly string[] = [
  'Perl',
  'Java',
  'Ruby',
  'Lua',
  'Kotlin',
  'Swift',
];
