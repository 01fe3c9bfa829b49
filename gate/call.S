/* How a system call is made: by a call to what system_call_entry points at, here at first, in page 0 after VERB_ENTER. */
	.globl system_call_entry
	.data
	.balign 8
system_call_entry:
	.quad system_call_here
	.text
system_call_here:
#if defined(__x86_64__)
	syscall
#else
	svc #0
#endif
	ret
	.section .note.GNU-stack,"",%progbits
