import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { messageOf } from './errors.ts'
import { withoutSecrets } from './secrets.ts'

describe('a text is kept without', () => {
  for (const { name, text, shown } of [
    {
      name: 'the password in the address of a database',
      text: 'connect postgres://ann:hunter2@db.plant.example:5432/bulkhead failed',
      shown: 'connect postgres://…@db.plant.example:5432/bulkhead failed',
    },
    {
      name: 'one whose signs were not written as percent signs',
      text: '"postgres://ann:hun/t@er2@db/x" and "nats://key@198.51.100.4"',
      shown: '"postgres://…@db/x" and "nats://…@198.51.100.4"',
    },
    { name: 'an enrolment token', text: 'edge enrol bhe_eyJ1c-mxz_9 --edge a', shown: 'edge enrol bhe_… --edge a' },
    { name: 'an API token', text: 'header bhk_0123456789abcdef, wrong', shown: 'header bhk_…, wrong' },
    { name: 'the code of a first start', text: 'setup --code ABCD-EFGH-JKLM-NPQR-STUV', shown: 'setup --code …' },
    {
      name: 'what a header authorises with',
      text: 'authorization: Bearer abcdefgh.ij=',
      shown: 'authorization: Bearer …',
    },
    { name: 'members of a query', text: '/x?token=abc&since=1h&api_key=d', shown: '/x?token=…&since=1h&api_key=…' },
    {
      name: 'a private key, also one that is cut off',
      text: 'x -----BEGIN EC PRIVATE KEY-----\nAAA\n-----END EC PRIVATE KEY----- y -----BEGIN PRIVATE KEY-----\nBBB',
      shown: 'x -----BEGIN EC PRIVATE KEY-----… y -----BEGIN PRIVATE KEY-----…',
    },
  ])
    test(name, () => assert.equal(withoutSecrets(text), shown))

  test('and what is no secret stays as it is', () => {
    for (const text of [
      'No manager answers at https://manager.plant.example:8443.',
      'bulkhead edge contain 198.18.1.40 --reason "ticket 4711, ask ann@plant.example"',
      'at file:///opt/bulkhead/src/edge/run.ts:85:3',
      'order 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ of 00:1b:1b:aa:00:10',
      'fd00:198:18::1',
    ])
      assert.equal(withoutSecrets(text), text)
  })
})

test('the words of whatever was thrown', () => {
  assert.equal(messageOf(new TypeError('no such port')), 'no such port')
  assert.equal(messageOf('gone'), 'gone')
  assert.equal(messageOf(undefined), 'undefined')
})
