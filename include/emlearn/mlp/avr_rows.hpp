// The inner loops of dense layers in integers on AVR: 7.8 cycles for a product in 16 bits, 9.8 in 24.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_MLP_AVR_ROWS_HPP
#define EMLEARN_MLP_AVR_ROWS_HPP

#include "../config.hpp"

/// One product of weight and input r23 into a 16-bit or 24-bit sum; r2 is zero, and mulsu leaves the product's sign in the carry.
#define EMLEARN_AVR_PRODUCT16(low, high) "lpm r22, Z+\n mulsu r22, r23\n add " low ", r0\n adc " high ", r1\n"
#define EMLEARN_AVR_PRODUCT24(low, high, top) \
  "lpm r22, Z+\n mulsu r22, r23\n sbc " top ", r2\n add " low ", r0\n adc " high ", r1\n adc " top ", r2\n"

/// Input r23 times the weights of a tile's four outputs, into r13:r12, r15:r14, r17:r16 and r19:r18; 24-bit sums have r3 to r6 on top.
#define EMLEARN_AVR_ROW16             \
  EMLEARN_AVR_PRODUCT16("r12", "r13") \
  EMLEARN_AVR_PRODUCT16("r14", "r15") EMLEARN_AVR_PRODUCT16("r16", "r17") EMLEARN_AVR_PRODUCT16("r18", "r19")
#define EMLEARN_AVR_ROW24                   \
  EMLEARN_AVR_PRODUCT24("r12", "r13", "r3") \
  EMLEARN_AVR_PRODUCT24("r14", "r15", "r4") EMLEARN_AVR_PRODUCT24("r16", "r17", "r5") EMLEARN_AVR_PRODUCT24("r18", "r19", "r6")
#define EMLEARN_AVR_CLEAR16 "clr r12\n clr r13\n movw r14, r12\n movw r16, r12\n movw r18, r12\n"
#define EMLEARN_AVR_CLEAR24 "clr r3\n clr r4\n clr r5\n clr r6\n" EMLEARN_AVR_CLEAR16

#define EMLEARN_AVR_NEXT "sbiw r24, 1\n breq 2f\n rjmp 1b\n"

/// Four inputs from X on, each with its four weights from Z on, r25:r24 times.
#define EMLEARN_AVR_EACH(row) "1:\n ld r23, X+\n" row "ld r23, X+\n" row "ld r23, X+\n" row "ld r23, X+\n" row EMLEARN_AVR_NEXT "2:\n"

/// The same where an input of zero costs 9 cycles, and any other two more. A branch reaches 63 words: the skips lie at both ends.
#define EMLEARN_AVR_TEST "ld r23, X+\n tst r23\n breq "
#define EMLEARN_AVR_SKIP(from, to) #from ":\n adiw r30, 4\n rjmp " #to "\n"
#define EMLEARN_AVR_NONZERO(row)                                                                                                    \
  "rjmp 1f\n" EMLEARN_AVR_SKIP(3, 4f) EMLEARN_AVR_SKIP(5, 6f) "1:\n" EMLEARN_AVR_TEST "3b\n" row "4:\n" EMLEARN_AVR_TEST "5b\n" row \
                                                              "6:\n" EMLEARN_AVR_TEST "7f\n" row "8:\n" EMLEARN_AVR_TEST "9f\n" row \
                                                              "10:\n" EMLEARN_AVR_NEXT EMLEARN_AVR_SKIP(7, 8b)                      \
                                                                  EMLEARN_AVR_SKIP(9, 10b) "2:\n"

/// All registers that a caller wants back.
#define EMLEARN_AVR_ENTER                                                                                                       \
  "push r2\n push r3\n push r4\n push r5\n push r6\n push r7\n push r8\n push r9\n push r10\n push r11\n push r12\n push r13\n" \
  "push r14\n push r15\n push r16\n push r17\n push r28\n push r29\n clr r2\n"
#define EMLEARN_AVR_LEAVE                                                                                        \
  "clr r1\n pop r29\n pop r28\n pop r17\n pop r16\n pop r15\n pop r14\n pop r13\n pop r12\n pop r11\n pop r10\n" \
  "pop r9\n pop r8\n pop r7\n pop r6\n pop r5\n pop r4\n pop r3\n pop r2\n ret\n"

#endif
