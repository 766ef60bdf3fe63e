import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { databaseFault } from './pool.ts'

describe('an error of the database', () => {
  const lost: Record<string, Error> = {
    'a server that starts': Object.assign(new Error('the database system is starting up'), { code: '57P03' }),
    'no socket': Object.assign(new Error('connect ENOENT'), { code: 'ENOENT' }),
    'a connection that broke under a query': new Error('Connection terminated unexpectedly'),
    'a connection that broke between two queries of a transaction': new Error(
      'Client has encountered a connection error and is not queryable',
    ),
  }
  for (const [name, error] of Object.entries(lost))
    it(`is that it is away: ${name}`, () => assert.equal(databaseFault(error)?.code, 'database-failed'))
  it('is nothing of the kind where a row is there already', () =>
    assert.equal(databaseFault(Object.assign(new Error('duplicate key'), { code: '23505' })), undefined))
})
