import { readFileSync } from 'node:fs'
import { UsageError } from './errors.ts'

/**
 * A file that a setting names.
 * @param variable the setting, as the error names it.
 * @throws UsageError when it cannot be read.
 */
export function readSettingFile(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${variable} cannot be read: ${(error as Error).message}`)
  }
}

/** A PEM file that a setting names. @throws UsageError when it cannot be read, or has no such part. */
export function readPem(variable: string, path: string, part: 'CERTIFICATE' | 'PRIVATE KEY'): string {
  const pem = readSettingFile(variable, path)
  if (new RegExp(`^-----BEGIN (?:[A-Z]+ )?${part}-----`, 'm').test(pem)) return pem
  throw new UsageError(`${variable}: ${path} has no ${part.toLowerCase()} in PEM`)
}

/** Node's and OpenSSL's codes for a certificate that nobody who is trusted has signed. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
])

/**
 * Why TLS was not agreed on, as what is wrong and what to do; undefined for an error that is not of TLS.
 * @param caVariable the setting that names the trusted certificates.
 * @param nameAdvice what to do where the certificate is right and of another name.
 */
export function tlsFault(code: string, caVariable: string, nameAdvice: string): string | undefined {
  if (UNTRUSTED.has(code)) {
    return `its certificate is not signed by who is trusted (${code}): set ${caVariable} to the certificate of who signed it`
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is of another name: ${nameAdvice}`
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return `its certificate is not valid now (${code}): renew it, or set the clock`
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) {
    return `TLS was not agreed on (${code}): check that both sides use TLS and trust each other's certificates`
  }
  return undefined
}
