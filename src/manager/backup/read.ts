/** A backup as it is read: its marks, its rows, and the manifest at its end. Nothing here needs a database. */
import { createHash, type Hash } from 'node:crypto'
import { Fault } from '#core/errors.ts'
import { verifierOf } from '../audit/keys.ts'
import { migrations } from '../database/migrate.ts'
import { type Kept, keptNames } from '../database/tables.ts'
import { type Claim, claimText, Head, Manifest, Table, type TableSum } from './format.ts'

/** The text of a policy is in one row, and a character of it may take two. */
const longestLine = 16 << 20

export const invalid = (what: string): Fault => new Fault('backup-invalid', what)

export const json = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

const checkHead = (line: string): void => {
  const head = Head.safeParse(json(line))
  if (!head.success) throw invalid('This is no backup of a manager.')
  const [its, ours] = [head.data.migration, migrations().length]
  if (its !== ours)
    throw new Fault('refused', `The backup has form ${its}; this manager writes ${ours}.`, {
      advice: 'Restore it with the version that made it, then upgrade.',
    })
}

/** What a line between head and rows says. */
const markOf = (line: string): Kept | Claim => {
  const value = json(line)
  const table = Table.safeParse(value)
  if (table.success) return table.data.table
  const end = Manifest.safeParse(value)
  if (!end.success) throw invalid('A line of the backup is not readable.')
  const { manifest, signature } = end.data
  const signer = manifest.keys.map(verifierOf).find(({ fingerprint }) => fingerprint === manifest.key)
  if (signer?.verify(claimText(manifest), signature) !== true)
    throw invalid('The signature of the backup is not valid.')
  return manifest
}

export interface Rows {
  /** @param table the one that this row and those after it are of */
  readonly row: (table: Kept, line: string) => Promise<void> | void
  /** A table, or the whole, is at its end. */
  readonly flush?: () => Promise<void>
}

/**
 * Reads all lines.
 * @returns what the manifest says, whose signature holds
 * @throws Fault `backup-invalid`, `refused` when it is of another version
 */
export const readBackup = async (lines: AsyncIterable<string>, { row, flush }: Rows): Promise<Claim> => {
  let isBegun = false
  let table: Kept | undefined
  let found: Claim | undefined
  for await (const line of lines) {
    if (line.length > longestLine) throw invalid('A line of the backup is too long.')
    if (found !== undefined) throw invalid('There is something after the end of the backup.')
    if (!isBegun) {
      checkHead(line)
      isBegun = true
    } else if (line.startsWith('{"table":') || line.startsWith('{"manifest":')) {
      await flush?.()
      const mark = markOf(line)
      if (typeof mark === 'string') table = mark
      else found = mark
    } else {
      if (table === undefined) throw invalid('The backup has rows of no table.')
      await row(table, line)
    }
  }
  if (!isBegun) throw invalid('This is no backup of a manager: it is empty.')
  if (found === undefined) throw invalid('The backup is cut off.')
  return found
}

export const compareSum = (table: Kept, is: TableSum, { tables }: Claim): void => {
  const wanted = tables[table]
  if (is.rows !== wanted.rows) throw invalid(`${table} has ${is.rows} rows, and the backup spoke of ${wanted.rows}.`)
  if (is.sha256 !== wanted.sha256) throw invalid(`The rows of ${table} are not those that were backed up.`)
}

/**
 * Whether the file is whole: signature, and count and hash of every table. It touches nothing, so it comes before anything is made.
 * @throws as {@link readBackup}
 */
export const checkBackup = async (lines: AsyncIterable<string>): Promise<Claim> => {
  const sums = new Map<Kept, { rows: number; readonly digest: Hash }>(
    keptNames.map((name) => [name, { rows: 0, digest: createHash('sha256') }]),
  )
  const claim = await readBackup(lines, {
    row: (table, line) => {
      const sum = sums.get(table)!
      sum.rows++
      sum.digest.update(`${line}\n`)
    },
  })
  for (const [table, { rows, digest }] of sums) compareSum(table, { rows, sha256: digest.digest('hex') }, claim)
  return claim
}
