import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import type { RevisionView, RuleHistory } from '#schema/manager-revisions.ts'
import { examples, outputOf } from '../command.ts'
import { legible } from '#core/legible.ts'
import { type ReachOptions, withManager } from '../manager/reach.ts'
import type { Output } from '../output.ts'
import { asking, segment } from './asking.ts'
import { whole } from './seen.ts'

interface HistoryOptions extends ReachOptions {
  readonly rule?: string
  readonly at?: string
}

const names = (list: readonly { readonly name: string }[]): string =>
  list.map(({ name }) => legible(name)).join(', ') || 'nobody'
const approvedBy = ({ approvals }: RevisionView): string => names(approvals.map(({ person }) => person))

const byWhom = (revision: RevisionView): string =>
  `revision ${revision.revision}, ${legible(revision.title)}: written by ${names(revision.authors)}, ` +
  `${revision.restores === null ? `approved by ${approvedBy(revision)}` : `the text of revision ${revision.restores} again`}, ` +
  `published by ${legible(revision.publishedBy)} at ${revision.at.slice(0, 19)}`

const forms = {
  same: 'in this form',
  other: 'in another form',
  none: 'without it',
  unknown: 'of which nothing is known',
} as const

const ruleText = (output: Output, found: RuleHistory): string =>
  [
    output.paint('bold', `${found.rule} of ${found.site} at ${found.at.slice(0, 19)}`),
    `${found.section}, line ${found.line} of revision ${found.revision}`,
    '',
    ...found.text.split('\n').map((line) => `  ${legible(line)}`),
    '',
    `since ${byWhom(found.since)}`,
    ...found.edges.map(({ edge, enforced, since, rule }) =>
      enforced === null || enforced === 0
        ? `${edge}: no policy of the manager`
        : `${edge}: revision ${enforced} since ${since?.slice(0, 19) ?? ''}, ${forms[rule]}`,
    ),
  ].join('\n')

export const registerHistory = (policy: Command): void => {
  const history = withManager(policy.command('history'))
    .description('what was published for a site; or what one rule was at a time, and who is responsible for it')
    .argument('<site>', 'the site')
    .option('--rule <name>', 'a conduit, deny, zone, asset, group, sensor or edge by its name')
    .option('--at <time>', 'with --rule: a day (its end) or a time, UTC; now when absent')
    .action(async (site: string, options: HistoryOptions, self: Command) => {
      const { ask, schema } = await asking(options)
      const output = outputOf(self)
      const path = `/v1/policies/${segment(site)}`
      if (options.rule !== undefined) {
        const at = options.at === undefined ? '' : `?at=${encodeURIComponent(options.at)}`
        const found = await ask('GET', `${path}/rules/${segment(options.rule)}${at}`, schema.RuleHistory)
        output.result(found, () => ruleText(output, found))
        return
      }
      const { revisions } = await ask('GET', `${path}/revisions`, schema.Revisions)
      output.result(revisions, () =>
        output.table(
          revisions,
          [
            { title: 'REVISION', right: true, cell: ({ revision }) => revision },
            { title: 'PUBLISHED', cell: ({ at }) => at.slice(0, 19) },
            { title: 'BY', cell: ({ publishedBy }) => publishedBy },
            { title: 'WRITTEN BY', cell: ({ authors }) => names(authors) },
            {
              title: 'APPROVED BY',
              cell: (each) => (each.restores === null ? approvedBy(each) : `as ${each.restores}`),
            },
            { title: 'ROLL-OUT', cell: ({ rollout }) => rollout?.state ?? '-' },
            { title: 'WHAT', cell: ({ title, reason }) => reason ?? title },
          ],
          'Nothing was published yet.',
        ),
      )
    })
  examples(
    history,
    ['bulkhead policy history riverside', 'what was published, by whom?'],
    [
      'bulkhead policy history riverside --rule ews-plc --at 2026-11-02',
      'what did this rule say then, and who agreed?',
    ],
  )

  const exported = withManager(policy.command('export'))
    .description('print a published policy as it was written')
    .argument('<site>', 'the site')
    .argument('[revision]', 'which; the one in force when absent', whole(1))
    .action(async (site: string, revision: number | undefined, options: ReachOptions, self: Command) => {
      const { ask, schema } = await asking(options)
      const path = `/v1/policies/${segment(site)}`
      const wanted = revision ?? (await ask('GET', path, schema.PolicySite)).revision
      if (wanted === 0)
        throw new Fault('not-found', `Nothing was published for ${site} yet.`, {
          advice: 'Hand in a draft: bulkhead policy draft SITE FILE',
        })
      const found = await ask('GET', `${path}/revisions/${wanted}`, schema.WholeRevision)
      outputOf(self).result(found, () => found.text.replace(/\n$/, ''))
    })
  examples(exported, ['bulkhead policy export riverside 7 > site.yaml', 'revision 7, to compare or to work on'])
}
