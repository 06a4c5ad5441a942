/** A line of a finished rotation; the steps before it change nothing that a caller meets. */
export const FINISHED_ROTATION = '{ $.outcome = "done" && ($.step = "finishSecret" || $.step = "replace") }';
