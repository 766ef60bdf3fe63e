import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { complete } from '../store/draft.ts'
import type { EventDraft } from '#schema/event.ts'
import { joinedLogins } from './login-users.ts'

const login = (user: string): EventDraft => ({
  kind: 'decoy-login',
  text: `198.18.1.77 tried to log in for user "${user}" at the decoy HMI-1 (198.18.1.5, ssh).`,
  details: { class: 'guess', user },
})
const joined = (users: readonly string[]): EventDraft => users.map(login).reduce(joinedLogins)

describe('logins that are told together', () => {
  it('name every user, the last first', () => {
    const { text, details } = joined(['admin', 'admin', 'operator-1', 'root'])
    assert.deepEqual(details, { class: 'guess', user: 'root', tried: ['admin', 'operator-1', 'root'] })
    assert.equal(
      text,
      '198.18.1.77 tried to log in for user "root" at the decoy HMI-1 (198.18.1.5, ssh); also for "admin", "operator-1".',
    )
  })
  it('say what they say where there is one user', () => assert.deepEqual(joined(['admin', 'admin']), login('admin')))
  it('stay events however many and however long the users are', () => {
    const long = Array.from({ length: 100 }, (_, at) => `${at}${'"'.repeat(126)}`)
    for (const users of [long, long.map((user) => user.slice(0, 4))]) {
      const identity = { site: 'mill', edge: 'cell-1-edge' }
      const event = complete(joined(users), '01JD4Z9Q000000000000000000', 0, identity)
      assert.ok(event.text.length <= 500 && event.text.endsWith('.'))
    }
  })
})
