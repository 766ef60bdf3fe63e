/** What an advisory file holds: an index of Bulkhead's own form, or one CSAF document. */
import { err, ok, type Result } from '#core/result.ts'
import { AdvisoryIndex, type Advisory } from '#schema/advisories.ts'
import { readCsaf } from './csaf.ts'
import { unreadable, type Unreadable } from './unreadable.ts'

export type AdvisoryForm = 'index' | 'csaf' | 'other'

const isObject = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

/** `other` is JSON of neither form, such as the list of a feed that lies beside the advisories. */
export const formOf = (json: unknown): AdvisoryForm => {
  if (!isObject(json)) return 'other'
  if ('advisories' in json) return 'index'
  return isObject(json['document']) && 'csaf_version' in json['document'] ? 'csaf' : 'other'
}

export const readAdvisories = (json: unknown): Result<readonly Advisory[], Unreadable> => {
  const form = formOf(json)
  if (form === 'csaf') {
    const read = readCsaf(json)
    return read.ok ? ok([read.value]) : read
  }
  if (form === 'other') return err({ path: '$', what: 'it is neither an advisory index nor a CSAF document' })
  const parsed = AdvisoryIndex.safeParse(json)
  return parsed.success ? ok(parsed.data.advisories) : err(unreadable(parsed.error))
}
