import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isPublic } from './public.ts'

describe('addresses of the internet', () => {
  const rows: readonly (readonly [ip: string, is: boolean])[] = [
    ['203.0.113.9', true],
    ['8.8.8.8', true],
    ['10.1.2.3', false],
    ['172.31.0.1', false],
    ['172.32.0.1', true],
    ['192.168.1.1', false],
    ['100.64.0.1', false],
    ['169.254.1.1', false],
    ['198.18.1.1', false],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['fd00:198:18::1', false],
    ['fe80::1', false],
    ['2606:4700::1', true],
    ['00:1b:1b:aa:00:10', false],
  ]
  for (const [ip, is] of rows)
    test(`${ip}: ${is}`, () => {
      assert.equal(isPublic(ip), is)
    })
})
