/** Advisories on disk: files and folders that a person names, and `advisories.json` in the folder of a state. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Fault, messageOf } from '#core/errors.ts'
import { writeWhole } from '#core/whole-file.ts'
import { AdvisoryIndex, type Advisory } from '#schema/advisories.ts'
import { formOf, readAdvisories } from './read.ts'
import { unreadable } from './unreadable.ts'

/** bytes of one file; the longest advisories that are published have some megabytes */
const maxFileBytes = 64 * 1024 * 1024
const maxFiles = 100_000
const maxDepth = 12

const advice = 'Correct or remove the file; nothing was imported.'

const jsonOf = (file: string): unknown => {
  if (statSync(file).size > maxFileBytes)
    throw new Fault('file-unreadable', `${file} is longer than ${maxFileBytes / 1024 / 1024} MiB.`, { advice })
  const text = readFileSync(file, 'utf8')
  try {
    // RFC 8259, 8.1: a byte-order mark may be passed over.
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    const reason = messageOf(cause).split('\n')[0]
    throw new Fault('file-unreadable', `${file} is not JSON: ${reason}.`, { advice, cause })
  }
}

/** JSON files of a folder and of the folders in it, in the order of their names. Links are not followed. */
const filesBelow = (folder: string, depth: number, into: string[]): void => {
  if (depth > maxDepth)
    throw new Fault('file-unreadable', `${folder} lies more than ${maxDepth} folders deep.`, { advice })
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) filesBelow(path, depth + 1, into)
    else if (entry.isFile() && /\.json$/i.test(entry.name)) into.push(path)
    if (into.length > maxFiles)
      throw new Fault('file-unreadable', `${folder} holds more than ${maxFiles} files.`, {
        advice: 'Import a part of it.',
      })
  }
}

const readFile = (file: string, json: unknown): readonly Advisory[] => {
  const read = readAdvisories(json)
  if (read.ok) return read.value
  throw new Fault('file-unreadable', `${file} cannot be read as an advisory.`, {
    details: [`${read.error.path}: ${read.error.what}`],
    advice,
  })
}

export interface ReadAdvisories {
  readonly advisories: readonly Advisory[]
  readonly files: number
  /** JSON files of folders that are of neither form. */
  readonly others: readonly string[]
}

/**
 * Reads files, and all JSON files of folders.
 * @throws Fault `file-unreadable` that names the file, and the place in it, of the first that is wrong
 */
export const readAdvisoryFiles = (paths: readonly string[]): ReadAdvisories => {
  const advisories: Advisory[] = []
  const others: string[] = []
  let files = 0
  for (const path of paths) {
    const whole = statSync(path).isDirectory()
    const found: string[] = []
    if (whole) filesBelow(path, 0, found)
    else found.push(path)
    for (const file of found) {
      const json = jsonOf(file)
      if (whole && formOf(json) === 'other') {
        others.push(file)
        continue
      }
      files++
      advisories.push(...readFile(file, json))
    }
  }
  return { advisories, files, others }
}

const nameIn = (folder: string): string => join(folder, 'advisories.json')

/**
 * The advisories that were imported into a state.
 * @throws Fault `store-corrupt` when the file there is not what was written
 */
export const loadAdvisories = (folder: string): readonly Advisory[] => {
  const file = nameIn(folder)
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return []
  const corrupt = (what: string): Fault =>
    new Fault('store-corrupt', `${file} is damaged: ${what}.`, {
      advice: 'Move the file away and import the advisories again; nothing else is lost.',
    })
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    if (cause instanceof SyntaxError) throw corrupt('it is not JSON')
    throw cause
  }
  const parsed = AdvisoryIndex.safeParse(json)
  if (parsed.success) return parsed.data.advisories
  const { path, what } = unreadable(parsed.error)
  throw corrupt(`${path}: ${what}`)
}

/** Puts the advisories of a state in place of those that were there, at once or not at all. */
export const saveAdvisories = (folder: string, advisories: readonly Advisory[]): void => {
  const index: AdvisoryIndex = { version: 1, advisories: [...advisories] }
  writeWhole(nameIn(folder), `${JSON.stringify(index, undefined, 1)}\n`)
}
