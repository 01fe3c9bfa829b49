/* How a system call is made: by a call to what system_call_entry points at, here at first, in page 0 after VERB_ENTER. */
#include <asm/unistd.h>

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

/* The child comes back on its own stack, on which its first two words are what it is to run and with what. */
	.globl start_process
start_process:
#if defined(__x86_64__)
	subq $24, %rsi
	leaq process_starts(%rip), %rax
	movq %rax, (%rsi)
	movq %rdx, 8(%rsi)
	movq %rcx, 16(%rsi)
	xorl %edx, %edx
	movq %r8, %r10
	xorl %r8d, %r8d
	xorl %r9d, %r9d
	movl $__NR_clone, %eax
	call *system_call_entry(%rip)
	ret
process_starts:
	xorl %ebp, %ebp
	popq %rax
	popq %rdi
	call *%rax
	ud2
#else
	stp x2, x3, [x1, #-16]!
	stp x29, x30, [sp, #-16]!
	mov x2, xzr
	mov x3, xzr
	mov x5, xzr
	mov x8, #__NR_clone
	adrp x16, system_call_entry
	ldr x16, [x16, #:lo12:system_call_entry]
	blr x16
	cbz x0, process_starts
	ldp x29, x30, [sp], #16
	ret
process_starts:
	ldp x1, x0, [sp], #16
	mov x29, xzr
	blr x1
	brk #0
#endif
	.section .note.GNU-stack,"",%progbits
