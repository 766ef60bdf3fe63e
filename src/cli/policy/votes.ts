import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { type ReachOptions, withManager } from '../manager/reach.ts'
import { asking, segment } from './asking.ts'
import { seenOption } from './seen.ts'

interface VoteOptions extends ReachOptions {
  readonly seen: number
  readonly reason?: string
}

const vote = async (id: string, what: 'approve' | 'refuse', options: VoteOptions, self: Command): Promise<void> => {
  const { ask, schema } = await asking(options)
  const { seen, reason } = options
  const body = { revision: seen, ...(reason === undefined ? {} : { reason }) }
  const draft = await ask('POST', `/v1/drafts/${segment(id)}/${what}`, schema.Draft, body)
  outputOf(self).result(
    draft,
    () => `Draft ${draft.id}, revision ${draft.revision}: ${what === 'approve' ? 'approved' : 'refused'}.`,
  )
}

export const registerVotes = (policy: Command): void => {
  const approve = withManager(seenOption(policy.command('approve')))
    .description('approve a draft that others wrote, as you have seen it')
    .argument('<draft>', 'the draft')
    .option('--reason <text>', 'what should be remembered of it')
    .action((id: string, options: VoteOptions, self: Command) => vote(id, 'approve', options, self))
  examples(approve, ['bulkhead policy approve 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ --seen 2', 'after its review'])

  const refuse = withManager(seenOption(policy.command('refuse')))
    .description('refuse a draft, and say why')
    .argument('<draft>', 'the draft')
    .requiredOption('--reason <text>', 'what is wrong with it')
    .action((id: string, options: VoteOptions, self: Command) => vote(id, 'refuse', options, self))
  examples(refuse, [
    'bulkhead policy refuse 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ --seen 2 --reason "the historian would lose its data"',
    'it stays a draft',
  ])
}
