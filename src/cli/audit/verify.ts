import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { exitCodes, Fault } from '#core/errors.ts'
import { verifyLines } from '#edge/audit/jsonl.ts'
import { existingKey, parsePublicKey, type PublicKey } from '#edge/audit/key.ts'
import { reportText } from '#edge/audit/report.ts'
import { verifyStore } from '#edge/store/trail.ts'
import { examples, outputOf } from '../command.ts'
import { textIn } from '../failure.ts'
import { linesIn } from '../lines.ts'
import { type StateTarget, storeOf, withState } from './state.ts'

interface VerifyCommandOptions extends StateTarget {
  readonly file?: string
  readonly key?: string
}

const readKey = (given: string): PublicKey => {
  const text = existsSync(given) ? textIn(given) : given
  const key = parsePublicKey(text)
  if (key !== undefined) return key
  throw new Fault(
    'usage',
    `--key: ${given.slice(0, 60)} is neither a file with an Ed25519 public key nor such a key.`,
    {
      advice: 'Give what `bulkhead audit key` printed at the edge.',
    },
  )
}

const verify = async ({ file, key: given, ...target }: VerifyCommandOptions) => {
  const known = given === undefined ? undefined : readKey(given)
  const now = Date.now()
  if (file !== undefined) {
    if (target.state !== undefined || target.edge !== undefined)
      throw new Fault('usage', 'Give either --file, or --state or --edge.')
    return verifyLines(linesIn(file), { now, ...(known && { key: known }) })
  }
  const { folder, path } = storeOf(target)
  const key = known ?? existingKey(folder)
  return verifyStore(path, { now, keyTrusted: known !== undefined, ...(key && { key }) })
}

export const registerVerify = (audit: Command): void => {
  const command = withState(audit.command('verify'))
    .description('check that nothing in the record was altered (integrity) and nothing is missing (completeness)')
    .option('--file <export>', 'check an export instead of the store of an edge')
    .option('--key <key>', 'the public key you trust: a file, or the text that `bulkhead audit key` printed')
    .action(async (options: VerifyCommandOptions, self: Command) => {
      const report = await verify(options)
      outputOf(self).result(report, () => reportText(report))
      if (!report.integrity.ok || !report.completeness.ok) process.exitCode = exitCodes.failed
    })
  examples(
    command,
    ['bulkhead audit verify', 'is the record of this edge whole?'],
    ['bulkhead audit verify --file export.jsonl --key audit.pub', 'check an export with the key you know'],
    [
      'bulkhead audit verify --state /var/lib/bulkhead/cell-1-edge --json',
      'for a script; exit 1 when something is wrong',
    ],
  )
}
