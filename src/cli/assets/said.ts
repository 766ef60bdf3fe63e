/** What a person says of a device, checked: the same for options and for cells of a table. */
import { slugOf } from '#discover/inventory/names.ts'
import { nearest } from '#policy/suggest.ts'
import { kinds } from '#schema/site-words.ts'
import type { Said, ToldField } from './state.ts'

/** Characters of an owner, a vendor or a note: as in a policy. */
const maxText = 500
const criticalities = ['low', 'medium', 'high'] as const

/** What was said, or why it cannot be taken. */
export type Checked = { readonly said: Said } | { readonly problem: string }

const listed = <T extends string>(
  what: string,
  text: string,
  valid: readonly T[],
): { readonly value: T } | { readonly problem: string } => {
  const wanted = text.trim().toLowerCase()
  const value = valid.find((one) => one === wanted)
  if (value !== undefined) return { value }
  const near = nearest(wanted, valid)
  const hint = near === undefined ? `it takes ${valid.join(', ')}` : `did you mean ${near}?`
  return { problem: `\`${text}\` is no ${what}; ${hint}` }
}

const textOf = (field: 'owner' | 'vendor' | 'note', text: string): Checked =>
  text.length > maxText ? { problem: `the ${field} has more than ${maxText} characters` } : { said: { [field]: text } }

const nameOf = (field: 'name' | 'zone', text: string): Checked => {
  const name = slugOf(text)
  return name === ''
    ? { problem: `nothing of the ${field} \`${text}\` can stand in a policy` }
    : { said: { [field]: name } }
}

const levelOf = (text: string): Checked => {
  const level = Number(text.trim().replace(/^l(evel)?\s*/i, ''))
  return text.trim() !== '' && level >= 0 && level <= 5
    ? { said: { level } }
    : { problem: `\`${text}\` is no Purdue level from 0 to 5` }
}

const kindOf = (text: string): Checked => {
  const kind = listed('kind', text, kinds)
  return 'problem' in kind ? kind : { said: { kind: kind.value } }
}

const criticalityOf = (text: string): Checked => {
  const found = listed('criticality', text, criticalities)
  return 'problem' in found ? found : { said: { criticality: found.value } }
}

const checks: Readonly<Record<ToldField, (text: string) => Checked>> = {
  kind: kindOf,
  criticality: criticalityOf,
  level: levelOf,
  name: (text) => nameOf('name', text),
  zone: (text) => nameOf('zone', text),
  owner: (text) => textOf('owner', text.trim()),
  vendor: (text) => textOf('vendor', text.trim()),
  note: (text) => textOf('note', text.trim()),
}

/** @param text not empty */
export const checkedSaid = (field: ToldField, text: string): Checked => checks[field](text)
