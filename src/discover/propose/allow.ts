/** A profile as `allow:` entries, in values and in lines with their evidence. */
import type { Conduit } from '#schema/site.ts'
import type { Command } from '../model.ts'
import { constraintsWritten, type Permit, type Profile } from './profile.ts'
import { comment, item, type Value } from './yaml.ts'
import { commandEvidence } from './words.ts'

type Allow = NonNullable<Conduit['allow']>

/** One entry: the bare op where nothing narrows it. */
export const entryOf = (permit: Permit): Allow[number] => {
  const narrowed = constraintsWritten(permit)
  return narrowed.length === 0
    ? permit.op
    : {
        op: permit.op,
        ...Object.fromEntries(
          narrowed.map(([name, value]) => [name, typeof value === 'object' ? [...value] : value] as const),
        ),
      }
}

export const allowOf = (profile: Profile): Allow => profile.map(entryOf)

const valueOf = (permit: Permit): Value => {
  const narrowed = constraintsWritten(permit)
  return narrowed.length === 0 ? permit.op : { op: permit.op, ...Object.fromEntries(narrowed) }
}

/** Lines below `allow:`; the evidence stands behind what fits on one line, else above it. */
export const allowLines = (
  profile: Profile,
  commands: ReadonlyMap<string, Command>,
  indent: number,
): readonly string[] =>
  profile.flatMap((permit) => {
    const value = valueOf(permit)
    const seen = permit.commands.flatMap((id) => commands.get(id) ?? [])
    const lines = item(value, indent)
    const why = comment(commandEvidence(seen))
    const [line] = lines
    return lines.length === 1 && line !== undefined && line.length + why.length < 150
      ? [`${line} ${why}`]
      : [comment(commandEvidence(seen), indent), ...lines]
  })
