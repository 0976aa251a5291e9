/** A failure that a person caused or can mend, told in a message that says what to do. Not a defect, so no log, no report. */
export class UserError extends Error {
  override readonly name = 'UserError';
}
