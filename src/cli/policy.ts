import { examples, type Register } from './command.ts'
import { registerCheck } from './policy/check.ts'
import { registerCompile } from './policy/compile.ts'
import { registerDiff } from './policy/diff.ts'
import { registerDraft } from './policy/draft.ts'
import { registerExplain } from './policy/explain.ts'
import { registerHistory } from './policy/history.ts'
import { registerPublish } from './policy/publish.ts'
import { registerReview } from './policy/review.ts'
import { registerRollouts } from './policy/rollout.ts'
import { registerSchema } from './policy/schema.ts'
import { registerTest } from './policy/test.ts'
import { registerVotes } from './policy/votes.ts'

export const register: Register = (program) => {
  const policy = program.command('policy').description('write, check, test and explain a site policy')
  examples(
    policy,
    ['bulkhead policy check site.yaml', 'is this policy valid?'],
    ['bulkhead policy test site.yaml', 'does it permit and deny what it should?'],
    ['bulkhead policy explain site.yaml --from ews-1 --to plc-fill --service s7comm', 'why is this denied?'],
    ['bulkhead policy diff running.yaml site.yaml', 'what would change?'],
    ['bulkhead policy draft riverside site.yaml', 'hand it in at the manager'],
  )
  registerCheck(policy)
  registerTest(policy)
  registerExplain(policy)
  registerDiff(policy)
  registerCompile(policy)
  registerSchema(policy)
  registerDraft(policy)
  registerReview(policy)
  registerVotes(policy)
  registerPublish(policy)
  registerRollouts(policy)
  registerHistory(policy)
}
