import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkUrl, databaseFault, isGivenUp } from './pool.ts'

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

  const troubles: readonly [code: string, sentence: RegExp][] = [
    ['28000', /lets this manager not in/],
    ['28P01', /refuses user or password/],
    ['3D000', /no database of that name/],
    ['42501', /does not let its user/],
    ['25006', /read-only, as a standby is/],
    ['40001', /gave this up for another transaction/],
    ['40P01', /gave this up for another transaction/],
    ['53100', /disk of the database is full/],
    ['53200', /no memory left/],
    ['53300', /takes no more connections/],
    ['57014', /did not finish a statement within 30 s/],
    ['58030', /cannot read or write its disk/],
  ]
  for (const [code, sentence] of troubles)
    it(`says what is wrong with the server, and what to do: ${code}`, () => {
      const fault = databaseFault(Object.assign(new Error('of the server'), { code }))
      assert.equal(fault?.code, 'database-failed')
      assert.match(fault.message, sentence)
      assert.ok(fault.advice.length > 0)
    })
  it('of a transaction that was given up for another one is of that transaction alone', () =>
    assert.deepEqual(
      ['40001', '40P01', '53100'].map((code) => isGivenUp(Object.assign(new Error('of the server'), { code }))),
      [true, true, false],
    ))
})

describe('the address of a database', () => {
  for (const url of [
    'postgresql://bulkhead:PASSWORD@db.plant.example/bulkhead?sslmode=verify-full',
    'postgres://ann@198.51.100.4:5432/x',
    'postgres://ann:a%40b@[fd00:198:18::1]/x',
    'postgres:///x?host=/run/postgresql',
    'postgres://ann:pw@/x?host=/run/postgresql',
    'postgres://%2Frun%2Fpostgresql/x',
    '/run/postgresql bulkhead',
  ])
    it(`may be ${url}`, () => assert.doesNotThrow(() => checkUrl(url)))

  for (const url of [
    'postgres://ann:hunter2#x@db.plant.example/x',
    'postgres://ann:hunter2/x@db.plant.example/x',
    'hunter2',
    'postgres:/hunter2',
    'host=db password=hunter2',
    'https://ann:hunter2@db.plant.example/x',
    '',
  ])
    it(`is refused, and not repeated: ${url}`, () =>
      assert.throws(
        () => checkUrl(url),
        (error: Error) => 'code' in error && error.code === 'usage' && !error.message.includes('hunter2'),
      ))
})
