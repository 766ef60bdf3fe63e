import { asker, type ReachOptions } from '../manager/reach.ts'

/** What commands about orders and permits speak with. */
export const connected = async (options: ReachOptions) => {
  const schema = await import('#schema/manager-orders.ts')
  return { ask: await asker(options), schema }
}

/** A query of what was said; what was not is left out. */
export const queryOf = (values: Readonly<Record<string, string | number | undefined>>): string => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value))
  return query.toString()
}
