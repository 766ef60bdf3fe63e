import { Argument, type Command } from 'commander'
import { exitCodes } from '#core/errors.ts'
import type { WholeDraft } from '#schema/manager-policies.ts'
import { examples, outputOf } from '../command.ts'
import { legible } from '#core/legible.ts'
import { type ReachOptions, withManager } from '../manager/reach.ts'
import type { Output } from '../output.ts'
import { exitCodesText, policyFile } from './arguments.ts'
import { asking, segment } from './asking.ts'
import { seenOption } from './seen.ts'

interface DraftOptions extends ReachOptions {
  readonly title?: string
  readonly replace?: string
  readonly rebase?: true
}

const said = (output: Output, draft: WholeDraft, file: string): string => {
  const errors = draft.problems.filter(({ severity }) => severity === 'error').length
  return [
    ...draft.problems.map(
      ({ line, column, severity, message, code }) =>
        `${file}:${line}:${column}: ${output.paint(severity === 'error' ? 'red' : 'yellow', severity)}: ${legible(message)} [${code}]`,
    ),
    `Draft ${draft.id} of ${draft.site}, revision ${draft.revision}: ${legible(draft.title)}`,
    errors > 0
      ? 'It is kept, and nobody can approve it before its errors are gone.'
      : `Look at it with: bulkhead policy review ${draft.id}`,
  ].join('\n')
}

export const registerDraft = (policy: Command): void => {
  const draft = withManager(policy.command('draft'))
    .description('hand in the next policy of a site as a draft, or change one')
    .argument('<site>', 'the site')
    .addArgument(policyFile())
    .option('--title <text>', 'what it is for, in one line')
    .option('--replace <draft>', 'change this draft instead of making one; its approvals are gone then')
    .option('--rebase', 'with --replace: let it follow the policy that is in force now')
    .action(async (site: string, file: string, options: DraftOptions, self: Command) => {
      const { readPolicy } = await import('#policy/parse.ts')
      const { ask, schema } = await asking(options)
      const { text } = readPolicy(file).source
      const { title, replace, rebase } = options
      const known =
        replace === undefined ? undefined : await ask('GET', `/v1/drafts/${segment(replace)}`, schema.WholeDraft)
      const made =
        known === undefined
          ? await ask('POST', '/v1/drafts', schema.WholeDraft, { site, title: title ?? `policy of ${site}`, text })
          : await ask('PATCH', `/v1/drafts/${known.id}`, schema.WholeDraft, {
              revision: known.revision,
              text,
              ...(title === undefined ? {} : { title }),
              ...(rebase === undefined ? {} : { rebase }),
            })
      const output = outputOf(self)
      output.result(made, () => said(output, made, file))
      if (made.problems.some(({ severity }) => severity === 'error')) process.exitCode = exitCodes.policy
    })
  examples(
    draft,
    ['bulkhead policy draft riverside site.yaml --title "the new filler"', 'hand it in'],
    ['bulkhead policy draft riverside site.yaml --replace 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ', 'hand it in again, corrected'],
  )
  exitCodesText(draft, [0, 'kept, without errors'], [3, 'kept, and it has errors'])

  const drafts = withManager(policy.command('drafts'))
    .description('drafts at the manager, those under way first')
    .option('--site <site>', 'of this site alone')
    .action(async (options: ReachOptions & { readonly site?: string }, self: Command) => {
      const { ask, schema } = await asking(options)
      const query = options.site === undefined ? '' : `?site=${encodeURIComponent(options.site)}`
      const { drafts: found } = await ask('GET', `/v1/drafts${query}`, schema.Drafts)
      const output = outputOf(self)
      output.result(found, () =>
        output.table(found, [
          { title: 'DRAFT', cell: ({ id }) => id },
          { title: 'SITE', cell: ({ site }) => site },
          { title: 'STATE', cell: ({ state, published }) => (published === null ? state : `revision ${published}`) },
          { title: 'REVISION', right: true, cell: ({ revision }) => revision },
          { title: 'APPROVED BY', cell: ({ votes }) => approvers(votes) },
          { title: 'WRITTEN BY', cell: ({ authors }) => authors.map(({ name }) => name).join(', ') },
          { title: 'TITLE', cell: ({ title }) => title },
        ]),
      )
    })
  examples(drafts, ['bulkhead policy drafts --site riverside', 'what waits for somebody?'])

  const withdraw = withManager(seenOption(policy.command('withdraw')))
    .description('give a draft up')
    .addArgument(new Argument('<draft>', 'the draft'))
    .action(async (id: string, options: ReachOptions & { readonly seen: number }, self: Command) => {
      const { ask, schema } = await asking(options)
      const gone = await ask('POST', `/v1/drafts/${segment(id)}/withdraw`, schema.Draft, { revision: options.seen })
      outputOf(self).result(gone, () => `Draft ${gone.id} is withdrawn.`)
    })
  examples(withdraw, ['bulkhead policy withdraw 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ --seen 2', 'it is not needed'])
}

const approvers = (votes: WholeDraft['votes']): string =>
  votes
    .filter(({ approves }) => approves)
    .map(({ person }) => person.name)
    .join(', ') || '-'
