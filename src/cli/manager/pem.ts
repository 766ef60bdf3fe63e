/** Certificates and keys that a person names: looked at here, where the file can still be named. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { Fault } from '#core/errors.ts'
import { textIn } from '../failure.ts'

const certificateOf = (option: string, file: string, text: string): X509Certificate => {
  try {
    return new X509Certificate(text)
  } catch (error) {
    throw new Fault('usage', `${option}: ${file} is no certificate.`, {
      cause: error,
      advice: 'Give a PEM file that begins with -----BEGIN CERTIFICATE-----.',
    })
  }
}

/** @throws Fault `file-unreadable`, or `usage` when it is none */
export const certificateIn = (option: string, file: string): string => {
  const text = textIn(file)
  certificateOf(option, file, text)
  return text
}

/** @throws Fault `file-unreadable`, or `usage` when it is none, or not the one of the certificate */
export const keyIn = (option: string, file: string, certificate: string): string => {
  const text = textIn(file)
  const key = (() => {
    try {
      return createPrivateKey(text)
    } catch (error) {
      throw new Fault('usage', `${option}: ${file} is no private key.`, {
        cause: error,
        advice: 'Give a PEM file that begins with -----BEGIN PRIVATE KEY-----, without a passphrase.',
      })
    }
  })()
  if (!certificateOf('--cert', certificate, textIn(certificate)).checkPrivateKey(key))
    throw new Fault('usage', `${option}: ${file} is not the key of ${certificate}.`, {
      advice: 'Give the key that the certificate was made for.',
    })
  return text
}
