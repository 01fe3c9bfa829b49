/* The first instructions: no C library set up a frame, so the stack is aligned here and gate_main never returns. */
	.globl _start
	.text
_start:
#if defined(__x86_64__)
	xorl %ebp, %ebp
	movq %rsp, %rdi
	andq $-16, %rsp
	call gate_main
#else
	mov x29, #0
	mov x30, #0
	mov x0, sp
	b gate_main
#endif
	.section .note.GNU-stack,"",%progbits
