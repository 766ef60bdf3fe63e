/** What a manager's link is to the world: its authority, and where edges dial. */
import type { Manager } from '../context.ts'
import { type Authority, authorityOf } from '../tls/authority.ts'

const authorities = new WeakMap<Manager, Authority>()
const places = new WeakMap<Manager, readonly string[]>()

/** Read once: whoever replaces the authority starts the manager anew. */
export const authorityFor = (manager: Manager): Authority => {
  const known = authorities.get(manager) ?? authorityOf(manager.state)
  authorities.set(manager, known)
  return known
}

/** `wss://HOST:PORT` and `unix:PATH`, in the order in which an edge should try them. */
export const setLinkUrls = (manager: Manager, urls: readonly string[]): void => void places.set(manager, urls)
/** None while the link does not listen. */
export const linkUrls = (manager: Manager): readonly string[] => places.get(manager) ?? []
