import { type StateOption, stateOf } from '../manager/state.ts'

/** What commands about orders and permits speak with. */
export const connected = async (options: StateOption) => {
  const { askManager } = await import('#manager/client.ts')
  const { socketOf } = await import('#manager/run.ts')
  const schema = await import('#schema/manager-orders.ts')
  const socket = socketOf(stateOf(options))
  const ask = <T>(request: Parameters<typeof askManager<T>>[1]): Promise<T> => askManager(socket, request)
  return { ask, schema }
}

/** A query of what was said; what was not is left out. */
export const queryOf = (values: Readonly<Record<string, string | number | undefined>>): string => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value))
  return query.toString()
}
