/* A system call is a call to what system_call_entry points at: here at first, in page 0 after VERB_ENTER. */
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
#elif defined(__aarch64__)
	svc #0
#else
#error "the gate is written for x86-64 and AArch64"
#endif
	ret

/* From the registers of a function to those of a call; the instructions at the entry come back to the caller. */
	.globl system_call
	.globl system_call_of_three
#if defined(__x86_64__)
system_call:
	movq %r8, %r10
	movq %r9, %r8
	movq 8(%rsp), %r9
	jmp make_call
system_call_of_three:
	xorl %r10d, %r10d
	xorl %r8d, %r8d
	xorl %r9d, %r9d
make_call:
	movq %rdi, %rax
	movq %rsi, %rdi
	movq %rdx, %rsi
	movq %rcx, %rdx
	jmp *system_call_entry(%rip)
#else
system_call_of_three:
	mov x4, xzr
	mov x5, xzr
	mov x6, xzr
system_call:
	mov x8, x0
	mov x0, x1
	mov x1, x2
	mov x2, x3
	mov x3, x4
	mov x4, x5
	mov x5, x6
	adrp x16, system_call_entry
	ldr x16, [x16, #:lo12:system_call_entry]
	br x16
#endif

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
