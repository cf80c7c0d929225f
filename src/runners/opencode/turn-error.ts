/** An error reported by a provider, or by opencode. */
export interface TurnError {
  /** `APIError`, `ProviderAuthError`, `MessageAbortedError`, … */
  name: string
  message: string
  /** HTTP status of the provider, if it answered. */
  status?: number | undefined
  /** ISO time before which it will not answer, if it said so. */
  retryAt?: string | undefined
}
