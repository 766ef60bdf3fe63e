/** Logins of one class by one source at one decoy, told together. Pure. */
import type { EventDraft } from '#schema/event.ts'

/** Users that one event names, and characters of all: events are small. */
const mostUsers = 16
const mostCharacters = 800
/** Of an event's sentence. */
const textLimit = 500

const textOf = (value: unknown): string[] => (typeof value === 'string' && value !== '' ? [value] : [])
const usersOf = ({ details }: EventDraft): string[] => {
  const named = details?.['tried']
  return Array.isArray(named) ? named.flatMap(textOf) : textOf(details?.['user'])
}

const within = (users: readonly string[]): string[] => {
  let characters = 0
  return users.slice(0, mostUsers).filter((user) => (characters += JSON.stringify(user).length) <= mostCharacters)
}

/**
 * Two as one: what the later says, and every user that was tried, so that an operator's name is not lost among a thousand logins for
 * `admin`.
 */
export const joinedLogins = (before: EventDraft, more: EventDraft): EventDraft => {
  const tried = within([...new Set([...usersOf(before), ...usersOf(more)])])
  const others = tried.filter((user) => user !== more.details?.['user'])
  if (others.length === 0) return more
  const also = `; also for ${others.map((user) => `"${user}"`).join(', ')}`
  const said = (more.text ?? '').replace(/\.$/, '')
  const text = `${`${said}${also}`.slice(0, textLimit - 1)}.`
  return { ...more, text, details: { ...more.details, tried } }
}
