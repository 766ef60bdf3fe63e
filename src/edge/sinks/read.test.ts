import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { readSinks } from './read.ts'

const refusalOf = (url: string): Fault => {
  try {
    readSinks([url])
  } catch (error) {
    if (error instanceof Fault) return error
  }
  throw new Error(`${url} was taken`)
}

describe('an address that is no receiver is refused, and named', () => {
  for (const { name, url, shown } of [
    {
      name: 'without its password',
      url: 'syslog+tcp://ann:hunter2@198.51.100.4',
      shown: 'syslog+tcp://…@198.51.100.4',
    },
    { name: 'without its token', url: 'file:///log?token=hunter2', shown: 'file:///log?token=…' },
    { name: 'whole where it has none', url: 'file:///log/50%.jsonl', shown: 'file:///log/50%.jsonl' },
  ])
    test(name, () => {
      const fault = refusalOf(url)
      assert.equal(fault.code, 'usage')
      assert.equal(fault.message, `"${shown}" is no receiver of events.`)
      assert.doesNotMatch(JSON.stringify(fault), /hunter2/)
    })

  test('and what a percent sign is written as is said', () =>
    assert.match(refusalOf('file:///log/50%.jsonl').details.join(), /%25 stands for %/))
})
