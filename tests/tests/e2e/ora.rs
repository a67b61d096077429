//! A dapp of the ORA AI oracle, which has never heard of OpML, asks through the front.

use alloy::{providers::Provider, rpc::types::Filter};
use alloy_primitives::{U256, keccak256};
use alloy_sol_types::SolEvent;
use opml_contracts::{OpML, OraFront};
use opml_tests::{
    liars,
    scenario::{
        Ending, Role, Script, Subject, Variant, Verdict, held_out, honest_submitter,
        liar_and_challenger, play,
    },
    world::Dapp,
};

use crate::money;

async fn tell(cast: Vec<Role>) -> Ending {
    let model = Variant::Plain.build().unwrap();
    let picture = held_out(3).unwrap();
    let script = Script::new(Subject::Prompt { model, picture }, cast);
    let ending = play("prompt", &script, &mut ()).await.unwrap();
    money::is_conserved(&ending).await;
    ending
}

/// The dapp got the output of the claim that is final, once, and can ask whether it is.
async fn is_answered(ending: &Ending) {
    assert!(ending.report.callback);
    let (world, dapp) = (&ending.world, ending.dapp.unwrap());
    let Dapp::Prompt { front, .. } = dapp else { panic!("{dapp:?}") };
    let output = dapp.prompted(world, ending.asked.id).await.unwrap();
    assert_eq!(keccak256(&output), ending.claims.last().unwrap().output_hash);
    let id: U256 = ending.asked.id.into();
    let question = OraFront::isFinalizedCall { requestId: id };
    assert!(world.view(front, &question).await.unwrap());
    let filter = Filter::new().address(vec![front, world.opml()]).from_block(0);
    let logs = world.chain().provider().get_logs(&filter).await.unwrap();
    let count = |topic| logs.iter().filter(|log| log.topic0() == Some(&topic)).count();
    assert_eq!(count(OraFront::AICallbackRequest::SIGNATURE_HASH), 1);
    assert_eq!(count(OraFront::AICallbackResult::SIGNATURE_HASH), 1);
    assert_eq!(count(OpML::CallbackDelivered::SIGNATURE_HASH), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prompt_dapp_gets_its_answer_through_the_front() {
    let ending = tell(honest_submitter()).await;
    assert_eq!(ending.report.verdict, Verdict::Finalized);
    is_answered(&ending).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prompt_dapp_never_sees_the_lie_of_the_first_claim() {
    let ending = tell(liar_and_challenger(liars::wrong_output())).await;
    assert_eq!(ending.report.verdict, Verdict::Rejected);
    assert_ne!(ending.claims[0].output_hash, ending.claims[1].output_hash);
    is_answered(&ending).await;
}
