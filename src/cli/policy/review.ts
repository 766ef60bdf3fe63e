import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { type ReachOptions, withManager } from '../manager/reach.ts'
import { asking, segment } from './asking.ts'

interface ReviewOptions extends ReachOptions {
  readonly all?: true
  readonly document?: true
}

export const registerReview = (policy: Command): void => {
  const review = withManager(policy.command('review'))
    .description('what a draft would change: conversations, tests, recorded traffic, and what is still missing')
    .argument('<draft>', 'the draft')
    .option('--all', 'show every line, however many')
    .option('--document', 'print its text instead')
    .action(async (id: string, options: ReviewOptions, self: Command) => {
      const { ask, schema } = await asking(options)
      const output = outputOf(self)
      if (options.document === true) {
        const draft = await ask('GET', `/v1/drafts/${segment(id)}`, schema.WholeDraft)
        output.result(draft, () => draft.text.replace(/\n$/, ''))
        return
      }
      const { reviewText } = await import('./review-text.ts')
      const found = await ask('GET', `/v1/drafts/${segment(id)}/review`, schema.Review)
      output.result(found, () => reviewText(output, found, options.all === true))
    })
  examples(
    review,
    ['bulkhead policy review 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ', 'before somebody approves it'],
    ['bulkhead policy review --document 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ > site.yaml', 'to work on it'],
  )
}
